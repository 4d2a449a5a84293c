import { millisBetween } from '../time/millis-between.ts'
import type { KubernetesObject } from './kubernetes-object.ts'

interface PodStatus {
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly lastTransitionTime?: string
  }[]
}

/** For how long the one of these pods has been ready that has been so for the longest; 0 where none is. `now` is ISO text. */
export function servedMs(pods: readonly KubernetesObject[], now: string): number {
  const since = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => (pod['status'] as PodStatus | undefined)?.conditions?.find(({ type }) => type === 'Ready'))
    .map((ready) => (ready?.status === 'True' ? millisBetween(ready.lastTransitionTime ?? '', now) : 0))
  return Math.max(0, ...since)
}
