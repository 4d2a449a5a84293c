/** What a cluster is told about the pods of a pipeline, in the cluster's own words. A laptop has no use for it. */
export interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
  readonly affinity?: Affinity
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[]
  readonly priorityClassName?: string
}

export interface Resources {
  readonly requests?: Amounts
  readonly limits?: Amounts
}

export interface Amounts {
  readonly cpu?: Quantity
  readonly memory?: Quantity
}

/** A number of Kubernetes: `500m`, `2`, `1.5Gi`. */
export type Quantity = string | number

export interface Toleration {
  readonly key?: string
  readonly operator?: 'Exists' | 'Equal'
  readonly value?: string
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  readonly tolerationSeconds?: number
}

/** Handed on as it is: Kubernetes checks what stands below these names. */
export interface Affinity {
  readonly nodeAffinity?: Readonly<Record<string, unknown>>
  readonly podAffinity?: Readonly<Record<string, unknown>>
  readonly podAntiAffinity?: Readonly<Record<string, unknown>>
}

/** Other fields are handed on as they are. */
export interface TopologySpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'
  readonly [field: string]: unknown
}
