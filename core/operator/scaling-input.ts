import type { ScalingInput } from '../autoscaling/scaling-input.ts'
import type { ScalingMemory } from '../autoscaling/scaling-memory.ts'
import { workersInReach } from '../pipeline/connection-budget.ts'
import { scalingSettings } from '../pipeline/scaling-settings.ts'
import { streamsOf } from '../pipeline/streams-of.ts'
import { type DeploymentState, deploymentState } from './deployment-state.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import { replicasNow, workersOf } from './fleet-size.ts'
import { jobState } from './job-state.ts'
import { AUTOSCALER } from './objects/worker-scale.ts'
import type { Observation } from './observation.ts'
import { componentOf, MANAGED_BY } from './owner.ts'
import { fleetTrouble } from './pod-trouble.ts'

export type FleetSeen = Pick<Observation, 'owned' | 'pods' | 'signals' | 'exporterTrouble'>

/** What a decision about the number of workers rests on. */
export function scalingInput(
  plan: DesiredPipeline,
  seen: FleetSeen,
  memory: ScalingMemory,
  nowMs: number,
): ScalingInput {
  const { spec } = plan
  const deployment = workersOf(seen.owned)
  const state = deployment === undefined ? undefined : deploymentState(deployment)
  return {
    settings: scalingSettings(spec.workers.scaling),
    ceilings: { shards: spec.source.redisStreams.sharded?.shards, connections: workersInReach(spec) },
    ...sightOf(plan, seen),
    fleet: {
      replicas: replicasNow(plan, seen.owned),
      ready: state?.ready ?? 0,
      isRollingOut: (state !== undefined && isRollingOut(state)) || isMigrating(seen),
      isSuspended: spec.suspend,
      failing: state === undefined || state.ready >= state.wanted ? undefined : fleetTrouble(seen.pods, state)?.reason,
      scaledBy: deployment?.metadata.scaledBy?.find((manager) => !OURS.includes(manager)),
    },
    memory,
    nowMs,
  }
}

/** Who writes the number of workers of a Deployment: the latter when it makes one. */
const OURS: readonly string[] = [AUTOSCALER, MANAGED_BY]

/** What waits in streams that no worker reads any more says nothing of what there is to do. */
function sightOf(
  { spec }: DesiredPipeline,
  { signals, exporterTrouble: trouble }: FleetSeen,
): Pick<ScalingInput, 'signals' | 'trouble'> {
  if (signals === undefined || 'unreachable' in signals.source) return { signals, trouble }
  const watched = signals.source.streams.map(({ stream }) => stream)
  const isOfPlan = watched.join() === streamsOf(spec.source).join()
  return isOfPlan ? { signals, trouble } : { signals: undefined, trouble: OUTDATED }
}

const OUTDATED = 'the exporter watches the streams of an earlier plan yet'

/** Workers of an earlier plan are among them. */
function isRollingOut({ replicas, updated }: DeploymentState): boolean {
  return updated < replicas
}

/** The schema under the workers changes; whatever they do is slower, or waits. */
function isMigrating({ owned }: FleetSeen): boolean {
  return owned.some(
    (each) => componentOf(each) === 'migrate' && each.kind === 'Job' && jobState(each).state === 'running',
  )
}
