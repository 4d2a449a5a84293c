import { judgeOwnership } from './judge-ownership.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { Owner } from './owner.ts'

/** A pipeline's own, and what came of these: the Jobs that its CronJobs start belong to the CronJobs. */
export function ownObjects(labelled: readonly KubernetesObject[], owner: Owner): readonly KubernetesObject[] {
  const own = labelled.filter((each) => judgeOwnership(each, [owner]) === 'ours')
  const uids = new Set(own.map(({ metadata }) => metadata.uid))
  const started = labelled.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uids.has(uid)))
  return [...own, ...started]
}
