import type { Capacity } from './capacity.ts'
import type { Climb } from './climb.ts'
import type { Contest } from './contest.ts'
import type { Effect } from './effect.ts'
import type { IdleLooks } from './idle-looks.ts'
import type { Progress } from './progress.ts'
import type { Recommendation } from './stabilisation.ts'
import { USUAL_START_MS } from './start-up.ts'
import type { Arrivals } from './surge.ts'

/** What one decision leaves to the next. Bounded, and JSON can hold it. */
export interface ScalingMemory {
  readonly decidedAtMs: number | null
  /** The newest look, and when it was first seen. */
  readonly looked: { readonly observedAt: string; readonly atMs: number } | null
  /** What was asked for last, and before that as long as nobody has seen it arrive. Null where somebody else decides. */
  readonly asked: number | null
  readonly askedBefore: number | null
  /** Somebody else who changes the number time and again. */
  readonly contest: Contest | null
  readonly lastScaleAtMs: number | null
  /** Since when it is not known what there is to do, or how much comes in; null while it is. */
  readonly unknownSinceMs: number | null
  /** Of the stabilisation window; while something was unknown for long, or nobody looked, what was there. */
  readonly recommendations: readonly Recommendation[]
  /** Since when fewer workers have been enough for a whole window. */
  readonly roomSinceMs: number | null
  readonly idleSinceMs: number | null
  /** Null while there is something to do. */
  readonly idleLooks: IdleLooks | null
  readonly arrivals: Arrivals | null
  /** Entries a second that the newest look at the source showed to come, far above the average; null where it did not. */
  readonly surge: number | null
  /** Entries a second over the last minute. */
  readonly steadyArrivals: number | null
  readonly climb: Climb | null
  readonly capacity: Capacity
  /** From asking for workers until they are ready. */
  readonly startMs: number
  readonly startingSinceMs: number | null
  readonly progress: Progress
  readonly effect: Effect
}

export const EMPTY_MEMORY: ScalingMemory = {
  decidedAtMs: null,
  looked: null,
  asked: null,
  askedBefore: null,
  contest: null,
  lastScaleAtMs: null,
  unknownSinceMs: null,
  recommendations: [],
  roomSinceMs: null,
  idleSinceMs: null,
  idleLooks: null,
  arrivals: null,
  surge: null,
  steadyArrivals: null,
  climb: null,
  capacity: { perWorker: null, proven: null, share: 1 },
  startMs: USUAL_START_MS,
  startingSinceMs: null,
  progress: { done: null, marks: null, databaseAt: null, movedAt: null },
  effect: { trial: null, limit: null },
}

/** What a successor reads from the status of the pipeline, each where it stands there. */
export interface HandedDown {
  readonly capacityPerWorker?: number | undefined
  readonly lastScaleAtMs?: number | undefined
}

/**
 * The memory of a successor. It has not seen the window before it, so it takes no step down until it has watched one; nor what came and was done
 * while nobody decided, so that idleness begins with its own looks. A capacity of 0 is what a former version made of very little: no number of
 * workers would do, so it is not known.
 */
export function inheritMemory({ capacityPerWorker, lastScaleAtMs }: HandedDown): ScalingMemory {
  const perWorker = capacityPerWorker || null
  return {
    ...EMPTY_MEMORY,
    capacity: { ...EMPTY_MEMORY.capacity, perWorker, proven: perWorker },
    lastScaleAtMs: lastScaleAtMs ?? null,
  }
}
