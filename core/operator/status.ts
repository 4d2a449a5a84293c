import type { ScalingMode } from '../pipeline/spec.ts'

/** What the operator says of a pipeline. Every field is described in `docs/reference/status.md`. */
export interface PipelineStatus {
  /** The generation of the spec that all of this is about. */
  readonly observedGeneration: number
  readonly conditions: readonly Condition[]
  /** Worker pods there are. */
  readonly replicas: number
  readonly readyReplicas: number
  /** Of the worker pods, for whoever scales the pipeline. */
  readonly selector: string
  /** Pinned when the object is created; see `spec.upgrade`. */
  readonly image: string
  /** Ready and wanted workers, `2/3`. */
  readonly workers: string
  /** Absent while it is unknown. */
  readonly backlog?: number
  /** `12s`; absent when there is none, or while it is unknown. */
  readonly oldestEventAge?: string
  readonly shards?: readonly ShardStatus[]
  readonly lastAggregation?: AggregationStatus
  /** Absent before it was calculated, and where it is not wanted. */
  readonly composite?: CompositeStatus
  /** Absent before a plan is in force. */
  readonly autoscaling?: AutoscalingStatus
  readonly operatorVersion: string
}

export interface ShardStatus {
  readonly stream: string
  readonly owner?: string
  /** The last entry that is committed. */
  readonly position?: string
}

export interface AutoscalingStatus {
  readonly mode: ScalingMode
  /** That are asked for. */
  readonly replicas: number
  /** By the load alone, before bounds and waiting. Absent while nobody knows. */
  readonly wanted?: number
  readonly reason: string
  readonly message: string
  /** When the number or the reason last changed. */
  readonly decidedAt: string
  readonly lastScaleAt?: string
  readonly arrivalsPerSecond?: number
  readonly capacityPerWorker?: number
  readonly idleSince?: string
}

export interface AggregationStatus {
  readonly day: string
  readonly state: 'Running' | 'Succeeded' | 'Failed'
  readonly startedAt: string
  readonly finishedAt?: string
  readonly entities: number
  readonly failures: number
  readonly parity?: { readonly compared: number; readonly mismatches: number }
  readonly duration?: string
}

export interface CompositeStatus {
  /** Absent where there was no data. */
  readonly value?: string
  readonly asOf: string
  /** The worker that calculated it. */
  readonly holder: string
  readonly sampleSize: number
  /** Of groups of entities. */
  readonly scopes?: readonly ScopeStatus[]
}

export interface ScopeStatus {
  readonly scope: string
  readonly value?: string
  readonly asOf: string
  readonly sampleSize: number
}

export interface Condition {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
  /** Moves only when `status` does. */
  readonly lastTransitionTime: string
}

export type ConditionType =
  | 'Ready'
  | 'WorkersAvailable'
  | 'ScalingActive'
  | 'MigrationsApplied'
  | 'SourceReachable'
  | 'DatabaseReachable'
  | 'MetricsAvailable'
  | 'AggregationHealthy'
  | 'CompositeFresh'
  | 'Parity'
  | 'StreamsIntact'
  | 'Drained'
  | 'UpgradeAvailable'
