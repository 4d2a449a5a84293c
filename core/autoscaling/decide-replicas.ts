import { followClimb, notBackTooSoon } from './climb.ts'
import { contestantInWords, isContested, PUT_BACK_EVERY_MS } from './contest.ts'
import { type Demand, TOLERANCE } from './demand.ts'
import { tryOut } from './effect.ts'
import { grow } from './grow.ts'
import { duringRollout, outOfBounds, whileStalled, whileSuspended, whileUnseen } from './hold.ts'
import { tryAnother } from './learning.ts'
import { workersFor } from './parallelism.ts'
import { stalledForMs } from './progress.ts'
import { fitted } from './room.ts'
import type { ScalingDecision, ScalingInputs } from './scaling-decision.ts'
import type { ScalingInput } from './scaling-input.ts'
import type { ScalingMemory } from './scaling-memory.ts'
import { shrink } from './shrink.ts'
import { isBrief } from './silence.ts'
import { recall, type Situation } from './situation.ts'
import { highestOf, recommend, stabilisationWindowMs } from './stabilisation.ts'
import { steady } from './steady.ts'
import { demandAt, perWorkerIn, targetOf } from './supply.ts'
import type { Verdict } from './verdict.ts'
import { counted, lasting } from './wording.ts'
import { keeps } from './words.ts'
import { atZero, toZero } from './zero.ts'

export interface Decided {
  /** Undefined in modes External and Off: somebody else decides. */
  readonly decision: ScalingDecision | undefined
  readonly memory: ScalingMemory
}

/**
 * How many workers a pipeline should have. Up at once, down only to the most that was wanted within a window, to none only when there is
 * certainly nothing to do; whatever is unknown holds. Meant to be asked every few seconds, it comes to any number within three times.
 */
export function decideReplicas(input: ScalingInput): Decided {
  const { mode } = input.settings
  if (mode === 'External' || mode === 'Off') return { decision: undefined, memory: asIfNew(input.memory) }
  const situation = recall(input)
  const demand = demandIn(situation)
  const climb = followClimb(situation.memory.climb, situation.current, demand?.useful)
  const followed = { ...situation, memory: { ...situation.memory, climb } }
  const watched = { ...followed, memory: watch(followed, demand) }
  const verdict = said(watched, judge(watched, demand))
  return { decision: decisionOf(watched, demand, verdict), memory: memoryAfter(watched, demand, verdict) }
}

/** What was learnt stays; what was asked for is another's from now on. */
function asIfNew(memory: ScalingMemory): ScalingMemory {
  return {
    ...memory,
    asked: null,
    askedBefore: null,
    contest: null,
    decidedAtMs: null,
    recommendations: [],
    roomSinceMs: null,
    idleSinceMs: null,
    idleLooks: null,
  }
}

function demandIn(situation: Situation): Demand | undefined {
  const { work } = situation
  if ('unseen' in work) return undefined
  const isNothing = work.backlog === 0 && work.arrivalsPerSecond === 0
  const perWorker = perWorkerIn(situation) ?? (isNothing ? 1 : undefined)
  return perWorker === undefined ? undefined : demandAt(situation, work, perWorker)
}

function judge(situation: Situation, demand: Demand | undefined): Verdict {
  const { work } = situation
  const bound = whileSuspended(situation) ?? outOfBounds(situation)
  if (bound !== undefined) return bound
  if ('unseen' in work) return whileUnseen(situation, work)
  const seen = { ...situation, work, demand }
  return (
    atZero(seen) ??
    duringRollout(seen) ??
    toZero(seen) ??
    whileStalled(seen) ??
    tryAnother(seen) ??
    grow(seen) ??
    shrink(seen) ??
    steady(seen)
  )
}

/** A number that somebody else asked for is put back, and that is said: later, and for longer, when they do not leave off. */
function said({ isOverridden, current, input, memory: { contest } }: Situation, verdict: Verdict): Verdict {
  if (verdict.replicas !== current || input.fleet.isSuspended) return verdict
  if (isContested(contest)) {
    return {
      ...verdict,
      reason: 'Overridden',
      message: `${keeps(current)} though ${contestantInWords(contest)} keeps asking for others, ${contest.replicas} at last, and it is put back, every ${lasting(PUT_BACK_EVERY_MS)} at most: remove that scaler, or have it scale the MetricsPipeline in place of the Deployment and set spec.workers.scaling.mode to External`,
    }
  }
  if (!isOverridden) return verdict
  return {
    ...verdict,
    reason: 'PutBack',
    message: `${counted(current, 'worker')} again, where somebody asked for ${input.fleet.replicas}: mode Internal decides alone, External and Off leave it to others`,
  }
}

/** What would do now, with some room; what is there where that is not known for longer than a moment, in which nothing is judged. */
function watch(situation: Situation, demand: Demand | undefined): ScalingMemory {
  const { memory, current, input, room } = situation
  const { nowMs, settings, fleet, ceilings } = input
  const windowMs = stabilisationWindowMs(settings.targetLatencyMs)
  if (current === 0) return { ...memory, recommendations: [], roomSinceMs: null }
  if (isBrief(memory) && memory.recommendations.length > 0) return memory
  const isKnown =
    demand !== undefined &&
    'backlog' in situation.work &&
    situation.work.arrivalsPerSecond !== null &&
    stalledForMs(memory.progress) === undefined &&
    !fleet.isRollingOut &&
    !fleet.isSuspended
  const workers = isKnown ? enoughWith(demand, memory, ceilings.shards) : current
  const earlier = memory.recommendations.length === 0 ? [{ atMs: nowMs, workers: current }] : memory.recommendations
  const recommendations = recommend(earlier, { atMs: nowMs, workers: fitted(room, workers) }, windowMs)
  return {
    ...memory,
    recommendations,
    roomSinceMs: highestOf(recommendations) < current ? (memory.roomSinceMs ?? nowMs) : null,
  }
}

function enoughWith({ useful }: Demand, { climb }: ScalingMemory, shards: number | undefined): number {
  const workers = Math.max(1, workersFor(useful, shards, 1 - TOLERANCE))
  return notBackTooSoon(workers, climb, useful, shards)
}

function decisionOf(situation: Situation, demand: Demand | undefined, verdict: Verdict): ScalingDecision {
  const { input } = situation
  return {
    replicas: input.settings.mode === 'Advisory' ? input.fleet.replicas : verdict.replicas,
    wanted: verdict.replicas,
    raw: demand === undefined ? null : Math.ceil(demand.workers),
    reason: verdict.reason,
    message: verdict.message,
    inputs: inputsOf(situation),
  }
}

function inputsOf({ work, input, memory }: Situation): ScalingInputs {
  const known = 'unseen' in work ? undefined : work
  return {
    backlog: known?.backlog ?? null,
    backlogIs: known?.backlogIs ?? null,
    pending: known?.pending ?? null,
    oldestEventAgeMs: known?.oldestEventAgeMs ?? null,
    arrivalsPerSecond: known?.arrivalsPerSecond ?? null,
    completionsPerSecond: known?.completionsPerSecond ?? null,
    capacityPerWorker: memory.capacity.perWorker,
    marks: known?.marks ?? null,
    resolvableReferences: known?.resolvableReferences ?? null,
    overdueNextChanges: known?.overdueNextChanges ?? null,
    ready: input.fleet.ready,
  }
}

function memoryAfter(situation: Situation, demand: Demand | undefined, { replicas, reason }: Verdict): ScalingMemory {
  const { input, memory, current } = situation
  const { settings, fleet, nowMs } = input
  if (settings.mode !== 'Internal' || fleet.isSuspended) return { ...memory, asked: null, askedBefore: null }
  if (replicas === current && memory.contest?.isLeft === true) return { ...memory, asked: replicas, askedBefore: null }
  const asked = { asked: replicas, askedBefore: arrivesFrom(situation, replicas), contest: putBack(memory.contest) }
  if (replicas === current) return { ...memory, ...asked }
  const isUp = replicas > current
  return {
    ...memory,
    ...asked,
    lastScaleAtMs: nowMs,
    startingSinceMs: isUp ? (memory.startingSinceMs ?? nowMs) : null,
    recommendations:
      isUp && memory.unknownSinceMs !== null
        ? [{ atMs: nowMs, workers: replicas }] // for what waits, though nobody knows what comes in
        : memory.recommendations,
    effect: isUp ? tried(situation, demand, replicas) : memory.effect,
    climb:
      isUp && demand !== undefined && reason !== 'AgeAboveTarget'
        ? { from: current, demand: demand.useful }
        : memory.climb,
  }
}

/** Another number than before is nobody else's: it is asked for at once, whatever was found. */
function putBack(contest: ScalingMemory['contest']): ScalingMemory['contest'] {
  return contest === null ? null : { ...contest, isLeft: false }
}

/** Where the number is that has not become what is asked for yet; null once it has. */
function arrivesFrom({ input, memory }: Situation, replicas: number): number | null {
  const { replicas: now } = input.fleet
  if (now === replicas) return null
  return memory.asked === replicas ? (memory.askedBefore ?? now) : now
}

function tried(situation: Situation, demand: Demand | undefined, to: number): ScalingMemory['effect'] {
  const { current: from, work, memory, room } = situation
  const perWorker = perWorkerIn(situation)
  if (from === 0 || perWorker === undefined || demand === undefined || 'unseen' in work) return memory.effect
  const arrivalsPerSecond = work.arrivalsPerSecond ?? 0
  return tryOut(memory.effect, {
    from,
    to,
    wanted: Math.max(to, targetOf(demand, room)),
    beforePerSecond: from * perWorker,
    arrivalsPerSecond,
  })
}
