import { formatInstant, MICROS_PER_MILLISECOND } from '../time/instant.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import { fleetSize } from './fleet-size.ts'
import type { Observation, Scaling } from './observation.ts'
import type { AutoscalingStatus } from './status.ts'

/** What the status says of the number of workers. `now` is ISO text. */
export function autoscalingStatus(
  plan: DesiredPipeline,
  seen: Pick<Observation, 'owned' | 'scaling' | 'previous'>,
  now: string,
): AutoscalingStatus {
  const replicas = fleetSize(plan, seen)
  const { reason, message } = explain(plan, seen.scaling, replicas)
  const before = seen.previous?.autoscaling
  const scaledAt = before === undefined || before.replicas === replicas ? before?.lastScaleAt : now
  return {
    mode: plan.spec.workers.scaling.mode,
    replicas,
    reason,
    message,
    decidedAt: before?.reason === reason && before.replicas === replicas ? before.decidedAt : now,
    ...(scaledAt === undefined ? {} : { lastScaleAt: scaledAt }),
    ...(seen.scaling === undefined ? {} : figures(seen.scaling)),
  }
}

type Explanation = Pick<AutoscalingStatus, 'reason' | 'message'>

function explain(
  { spec: { suspend, workers } }: DesiredPipeline,
  scaling: Scaling | undefined,
  replicas: number,
): Explanation {
  if (suspend) return { reason: 'HoldSuspended', message: 'No worker runs, for spec.suspend is true' }
  switch (workers.scaling.mode) {
    case 'Off':
      return { reason: 'Fixed', message: 'As many workers as spec.workers.replicas says, for the mode is Off' }
    case 'External':
      return { reason: 'External', message: 'As many workers as another scaler writes into spec.workers.replicas' }
    case 'Advisory':
      return advice(scaling, replicas)
    case 'Internal':
      return withoutEffect(ofBacklog(scaling), workers.replicas, replicas)
  }
}

function ofBacklog(scaling: Scaling | undefined): Explanation {
  return scaling?.decision ?? { reason: 'NotDecided', message: 'Nobody has looked at the backlog yet' }
}

function advice(scaling: Scaling | undefined, replicas: number): Explanation {
  const { reason, message } = ofBacklog(scaling)
  const wanted = scaling?.decision.wanted ?? replicas
  const would = wanted === replicas ? 'Mode Internal would leave it at' : 'Mode Internal would ask for'
  return { reason, message: `${would} ${wanted}: ${message}` }
}

/** `kubectl scale` writes it, and nothing follows: whoever did that should learn why. */
function withoutEffect({ reason, message }: Explanation, written: number, replicas: number): Explanation {
  if (written === DEFAULT_REPLICAS || written === replicas) return { reason, message }
  return {
    reason,
    message: `${message}; spec.workers.replicas, ${written}, has no part in it while the mode is Internal`,
  }
}

const DEFAULT_REPLICAS = 1

function figures({ decision, memory }: Scaling): Partial<AutoscalingStatus> {
  const { raw, inputs } = decision
  const { idleSinceMs, capacity } = memory
  return {
    ...(raw === null ? {} : { wanted: raw }),
    ...(inputs.arrivalsPerSecond === null ? {} : { arrivalsPerSecond: arriving(inputs.arrivalsPerSecond) }),
    ...(capacity.perWorker === null ? {} : { capacityPerWorker: threeDigits(capacity.perWorker) }),
    ...(idleSinceMs === null ? {} : { idleSince: toTheSecond(idleSinceMs) }),
  }
}

const LEAST_ARRIVALS = 0.01

/** What is left of an average long after the last entry is none. */
function arriving(perSecond: number): number {
  return perSecond < LEAST_ARRIVALS ? 0 : threeDigits(perSecond)
}

function threeDigits(perSecond: number): number {
  return Number(perSecond.toPrecision(3))
}

function toTheSecond(ms: number): string {
  return `${formatInstant(Math.round(ms) * MICROS_PER_MILLISECOND).slice(0, 19)}Z`
}
