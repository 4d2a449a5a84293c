import type { Random } from '../simulation/world/random.ts'

/** What happens to a pipeline, second by second. */
export interface Load {
  readonly name: string
  /** What happens, for a reader of the table. */
  readonly summary: string
  readonly seconds: number
  /** Entries that arrive in a second, in all shards together, before chance has its part; one worker gets `CAPACITY` done. */
  readonly arrivals: (second: number) => number
  /** Entries a second that the database takes from all workers together. */
  readonly databaseLimit?: (second: number) => number
  /** The shard in which nothing goes on; its owner goes on with its others. */
  readonly deadShard?: (second: number) => number | undefined
  /** The shard whose next entry keeps its owner busy, so that none of its shards goes on. */
  readonly poisonedShard?: (second: number) => number | undefined
  readonly startSeconds?: (random: Random) => number
  /** Whether Redis often cannot tell the lag of a stream that has some. */
  readonly isLagOftenUnknown?: boolean
}

/** Entries that one worker gets done in a second when its batches are full and nothing is in its way: see docs/performance.md. */
export const CAPACITY = 20_000

export const SHARDS = 8
export const MAX_REPLICAS = 8

/** How old the oldest entry may become. */
export const TARGET_LATENCY_SECONDS = 30
