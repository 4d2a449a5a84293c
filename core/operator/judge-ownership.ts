import { APPLIED } from './in-sync.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { MANAGED_BY, type Owner } from './owner.ts'

/**
 * Whose an object is. `former`: of a pipeline of this name that was deleted; Kubernetes is about to collect it. One of ours that has lost its
 * labels or its owner has the other still, or at least the mark of having been applied.
 */
export function judgeOwnership(
  { metadata }: KubernetesObject,
  owners: readonly Owner[],
): 'ours' | 'former' | 'foreign' {
  const references = metadata.ownerReferences ?? []
  const pipelines = references.filter(({ kind }) => kind === 'MetricsPipeline')
  if (pipelines.some(({ uid }) => owners.some((owner) => owner.uid === uid))) return 'ours'
  if (pipelines.some(({ name }) => owners.some((owner) => owner.name === name))) return 'former'
  const isLabelled = metadata.labels?.['app.kubernetes.io/managed-by'] === MANAGED_BY
  const isMarked = metadata.annotations?.[APPLIED] !== undefined
  return (isLabelled || isMarked) && references.length === 0 ? 'ours' : 'foreign'
}
