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

interface ManagedFields {
  readonly manager?: string
  readonly subresource?: string
  readonly fieldsV1?: { readonly 'f:spec'?: { readonly 'f:replicas'?: unknown } }
}

/** An object as it came, less what only fills memory. Items of a list come without the kind they are of. */
export function ingest(kind: ResourceKind, raw: KubernetesObject): KubernetesObject {
  const {
    managedFields = [],
    annotations,
    ...kept
  } = raw.metadata as ObjectMeta & {
    readonly managedFields?: readonly ManagedFields[]
  }
  const scaledBy = scalersIn(managedFields)
  const metadata = scaledBy.length === 0 ? kept : { ...kept, scaledBy }
  const { [LAST_APPLIED]: _applied, ...notes } = annotations ?? {}
  return {
    ...raw,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: Object.keys(notes).length === 0 ? metadata : { ...metadata, annotations: notes },
  }
}

function scalersIn(managed: readonly ManagedFields[]): readonly string[] {
  return managed.flatMap(({ manager, subresource, fieldsV1 }) =>
    manager === undefined || subresource === 'status' || fieldsV1?.['f:spec']?.['f:replicas'] === undefined
      ? []
      : [manager],
  )
}
