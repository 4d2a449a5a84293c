import { learnCapacity, learnShare } from './capacity.ts'
import { followContest } from './contest.ts'
import { judgeEffect } from './effect.ts'
import { hotStream } from './hot-shard.ts'
import { followIdle } from './idle-looks.ts'
import { nothingCame } from './idleness.ts'
import { followProgress } from './progress.ts'
import { type Room, roomFor } from './room.ts'
import type { ScalingInput } from './scaling-input.ts'
import type { ScalingMemory } from './scaling-memory.ts'
import { lookAt, type Unseen, type Workload } from './sight.ts'
import { isBrief, isUnknown } from './silence.ts'
import { learnStart } from './start-up.ts'
import { countArrivals, surgeOver, withSurge } from './surge.ts'
import { lasting } from './wording.ts'

/** What a decision rests on: what is seen, what it adds to what is remembered, and what was asked for. */
export interface Situation {
  readonly input: ScalingInput
  readonly room: Room
  readonly work: Workload | Unseen
  readonly memory: ScalingMemory
  /** That this autoscaler asked for, or found. */
  readonly current: number
  /** Whether somebody else asked for another number since. */
  readonly isOverridden: boolean
}

/** An observer that shows the same look for longer has stopped looking. */
const LONGEST_SILENCE_MS = 30_000

/** Between two decisions; after a longer one it is as if there had been none before. */
const LONGEST_GAP_MS = 60_000

export function recall(input: ScalingInput): Situation {
  const looked = newestLook(input)
  const seen = lookOf(input, looked)
  const remembered = withoutGap(input)
  const { current, isOverridden } = currentOf(input, seen)
  const unknownSinceMs = isUnknown(seen) ? (remembered.unknownSinceMs ?? input.nowMs) : null
  const contest = followContest(remembered.contest, { ...input.fleet, isOverridden }, input.nowMs)
  const memory = { ...remembered, decidedAtMs: input.nowMs, looked, unknownSinceMs, contest }
  const situation = { input, room: roomFor(input.settings, input.ceilings), current, isOverridden }
  if ('unseen' in seen) return { ...situation, work: seen, memory }
  const { arrivals, surge } = whatCame(memory, seen)
  const work = withSurge(seen, surge)
  const steadyArrivals = steadied(
    memory,
    work.arrivalsPerSecond,
    input.nowMs - (input.memory.decidedAtMs ?? input.nowMs),
  )
  return { ...situation, work, memory: { ...learn(memory, work, input, current), arrivals, surge, steadyArrivals } }
}

/** As long as the source was not looked at again it is what it was. */
function whatCame(memory: ScalingMemory, seen: Workload): Pick<ScalingMemory, 'arrivals' | 'surge'> {
  if (memory.arrivals?.observedAt === seen.sourceAt) return memory
  const arrivals = countArrivals(memory.arrivals, seen.entriesAdded, seen.sourceAt)
  return { arrivals, surge: surgeOver(seen.arrivalsPerSecond, memory.arrivals, arrivals) }
}

const STEADY_MS = 60_000

function steadied({ steadyArrivals }: ScalingMemory, perSecond: number | null, elapsedMs: number): number | null {
  if (perSecond === null || steadyArrivals === null) return perSecond ?? steadyArrivals
  return perSecond + (steadyArrivals - perSecond) * Math.exp(-elapsedMs / STEADY_MS)
}

function newestLook({ signals, memory: { looked }, nowMs }: ScalingInput): ScalingMemory['looked'] {
  const isKnown = looked !== null && looked.observedAt === signals?.observedAt && looked.atMs <= nowMs
  if (signals === undefined || isKnown) return looked
  return { observedAt: signals.observedAt, atMs: nowMs }
}

function lookOf({ signals, trouble, nowMs }: ScalingInput, looked: ScalingMemory['looked']): Workload | Unseen {
  const ageMs = looked === null ? 0 : nowMs - looked.atMs
  if (signals !== undefined && ageMs > LONGEST_SILENCE_MS) {
    return { unseen: `the exporter has shown nothing new for ${lasting(ageMs)}`, isWorkWaiting: false }
  }
  return lookAt(signals, trouble)
}

function withoutGap({ memory, nowMs }: ScalingInput): ScalingMemory {
  const { decidedAtMs } = memory
  if (decidedAtMs === null || (nowMs >= decidedAtMs && nowMs - decidedAtMs <= LONGEST_GAP_MS)) return memory
  return {
    ...memory,
    recommendations: [],
    roomSinceMs: null,
    idleSinceMs: null,
    idleLooks: null,
    startingSinceMs: null,
    progress: { ...memory.progress, movedAt: null },
    effect: { ...memory.effect, trial: null },
  }
}

/**
 * A number that nobody here asked for is somebody's who scaled by hand. Of what is unknown nobody here takes workers away, whoever added
 * them.
 */
function currentOf(
  { fleet: { replicas, isSuspended }, settings, memory: { asked, askedBefore } }: ScalingInput,
  work: Workload | Unseen,
): Pick<Situation, 'current' | 'isOverridden'> {
  if (settings.mode !== 'Internal' || isSuspended || asked === null || replicas === asked) {
    return { current: replicas, isOverridden: false }
  }
  if (isOnItsWay(replicas, asked, askedBefore)) return { current: asked, isOverridden: false }
  if ('unseen' in work && replicas > asked) return { current: replicas, isOverridden: false }
  return { current: asked, isOverridden: true }
}

/** Writes take their time: what is seen is where the number came from, or a step between. */
function isOnItsWay(replicas: number, asked: number, askedBefore: number | null): boolean {
  if (askedBefore === null) return false
  return replicas >= Math.min(asked, askedBefore) && replicas <= Math.max(asked, askedBefore)
}

function learn(memory: ScalingMemory, work: Workload, input: ScalingInput, current: number): ScalingMemory {
  const { fleet, nowMs } = input
  const elapsedMs = nowMs - (input.memory.decidedAtMs ?? nowMs)
  const measured = work.capacityPerWorker
  const learnt = learnCapacity(memory.capacity, { ...work, measured, ready: fleet.ready, elapsedMs })
  const isHot = input.ceilings.shards !== undefined && hotStream(work) !== undefined
  const isFull = !isHot && waitsForMs(work, fleet.ready, learnt.perWorker) > FULL_FROM_MS
  const { effect, perSecond } = judgeEffect(
    memory.effect,
    { ...work, workers: current, ready: fleet.ready, isFull },
    nowMs,
  )
  const look = { ...work, done: work.entriesDone, isWorkWaiting: work.backlog > 0, ready: fleet.ready }
  const before = wasSilent(input) ? NEVER_IDLE : memory
  const isIdle = work.isNothingLeft && nothingCame(work, memory.arrivals?.added ?? null)
  return {
    ...memory,
    ...(fleet.failing === undefined ? learnStart(memory, fleet.ready >= current, nowMs) : { startingSinceMs: null }),
    capacity: perSecond === undefined ? learnt : learnShare(learnt, fleet.ready, perSecond),
    effect,
    progress: followProgress(memory.progress, look),
    idleSinceMs: isIdle ? (before.idleSinceMs ?? nowMs) : null,
    idleLooks: isIdle ? followIdle(before.idleLooks, work.sourceAt) : null,
  }
}

const NEVER_IDLE = { idleSinceMs: null, idleLooks: null }

/** Something may have come and been done while nobody could look. */
function wasSilent({ memory: { unknownSinceMs }, nowMs }: ScalingInput): boolean {
  return unknownSinceMs !== null && !isBrief({ unknownSinceMs, decidedAtMs: nowMs })
}

/** From here on workers have no moment without a full batch. */
const FULL_FROM_MS = 2_000

function waitsForMs({ backlog }: Workload, ready: number, perWorker: number | null): number {
  return perWorker === null || ready === 0 ? 0 : (backlog * 1_000) / (ready * perWorker)
}
