import type { KubernetesObject, ObjectMeta } from '../../core/operator/kubernetes-object.ts'

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
