import { nextUseful } from './parallelism.ts'

/** The last step up for a load that was too much: so many workers were too few for it. That something was late otherwise says nothing of their number. */
export interface Climb {
  readonly from: number
  /** In workers, as a fraction: the most since then, for a load is answered when it has only begun to rise, and workers when they begin to get slow. */
  readonly demand: number
}

export function followClimb(climb: Climb | null, workers: number, demand: number | undefined): Climb | null {
  if (climb === null || demand === undefined || workers <= climb.from) return climb
  return { ...climb, demand: Math.max(climb.demand, demand) }
}

const MUCH_LESS = 0.8

/** The fewest workers that will not be too few again: as few as before the last step up only when the load is clearly another. */
export function notBackTooSoon(
  workers: number,
  climb: Climb | null,
  demand: number,
  shards: number | undefined,
): number {
  if (climb === null || workers > climb.from || demand <= climb.demand * MUCH_LESS) return workers
  return nextUseful(climb.from, shards)
}
