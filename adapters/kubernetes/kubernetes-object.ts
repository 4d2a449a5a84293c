/** An object as the API server has it: raw JSON, so that a field which nobody here knows survives being read and written. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  /** Opaque: only ever compared for equality. */
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** What there can be many objects of, and where the API server keeps them. */
export interface ResourceKind {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

export interface ObjectKey {
  /** Undefined for what lives in no namespace. */
  readonly namespace: string | undefined
  readonly name: string
}

/** Who manages which field, and what kubectl applied last: often more than the rest of the object, and of no use here. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object as it came, less what only fills memory. Items of a list come without the kind they are of. */
export function ingest(kind: ResourceKind, raw: KubernetesObject): KubernetesObject {
  const { managedFields: _managed, annotations, ...metadata } = raw.metadata as ObjectMeta & { managedFields?: unknown }
  const { [LAST_APPLIED]: _applied, ...kept } = annotations ?? {}
  return {
    ...raw,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: Object.keys(kept).length === 0 ? metadata : { ...metadata, annotations: kept },
  }
}
