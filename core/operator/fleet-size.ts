import type { DesiredPipeline } from './desired-pipeline.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { Observation } from './observation.ts'
import { componentOf } from './owner.ts'

/** How many workers of a plan there are to be. While nobody has decided it stays as it is. */
export function fleetSize(plan: DesiredPipeline, seen: Pick<Observation, 'owned' | 'scaling'>): number {
  const { suspend, workers } = plan.spec
  if (suspend) return 0
  if (workers.scaling.mode !== 'Internal') return workers.replicas
  return seen.scaling?.decision.replicas ?? replicasNow(plan, seen.owned)
}

/** How many the workers' Deployment asks for; with how many a fleet begins where there is none. */
export function replicasNow({ spec }: DesiredPipeline, owned: readonly KubernetesObject[]): number {
  const deployment = workersOf(owned)
  const asked = deployment === undefined ? undefined : (deployment['spec'] as { replicas?: number }).replicas
  return asked ?? Math.max(1, spec.workers.scaling.minReplicas)
}

export function workersOf(owned: readonly KubernetesObject[]): KubernetesObject | undefined {
  return owned.find((each) => each.kind === 'Deployment' && componentOf(each) === 'worker')
}
