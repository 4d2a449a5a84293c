import type { KubernetesObject } from './kubernetes-object.ts'

export type JobState =
  | { readonly state: 'running' }
  | { readonly state: 'complete' }
  /** Since when, as ISO text. */
  | { readonly state: 'failed'; readonly since: string; readonly message: string }

interface JobCondition {
  readonly type: string
  readonly status: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export function jobState(job: KubernetesObject): JobState {
  const { conditions = [] } = (job['status'] ?? {}) as { conditions?: readonly JobCondition[] }
  const holds = (name: string) => conditions.find(({ type, status }) => type === name && status === 'True')
  if (holds('Complete') !== undefined) return { state: 'complete' }
  const failed = holds('Failed')
  if (failed === undefined) return { state: 'running' }
  return { state: 'failed', since: failed.lastTransitionTime ?? '', message: failed.message ?? 'the Job failed' }
}

/** Whether nothing of a pod runs any more, or will: no node ever gets one that is on its way out. */
export function hasEnded({ metadata, spec, status }: KubernetesObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string }
  const { nodeName } = (spec ?? {}) as { nodeName?: string }
  return (
    phase === 'Succeeded' || phase === 'Failed' || (metadata.deletionTimestamp !== undefined && nodeName === undefined)
  )
}

/** Pods that a Job made. */
export function podsOf(job: KubernetesObject, pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid))
}
