/**
 * How many whole workers carry a demand when each is filled to `fill` at most. Shards are not divided: five workers leave two of eight shards
 * to one of them as four do, so that four are enough or eight are needed.
 */
export function workersFor(demand: number, shards: number | undefined, fill = 1): number {
  if (demand <= 0) return 0
  if (shards === undefined) return Math.ceil(demand / fill)
  const each = Math.max(1, Math.floor((fill * shards) / demand))
  return Math.ceil(shards / each)
}

/** The next number of workers that divides the shards better than so many do. */
export function nextUseful(workers: number, shards: number | undefined): number {
  if (shards === undefined || workers === 0 || workers >= shards) return workers + 1
  return Math.ceil(shards / (Math.ceil(shards / workers) - 1))
}

/** The smallest number of workers that divides the shards as well as `workers` do. */
export function withoutIdle(workers: number, shards: number | undefined): number {
  if (shards === undefined || workers === 0) return workers
  return Math.ceil(shards / Math.ceil(shards / workers))
}
