import type { AsOf } from '../../core/metric-sets/metric-set.ts'
import { type Instant, MICROS_PER_DAY, MICROS_PER_MILLISECOND } from '../../core/time/instant.ts'
import type { WindowAlignment } from '../../core/time/window.ts'
import { ORDERS, RATINGS } from './shops/shop-set.ts'
import type { WorkerPlan } from './worker/simulated-worker.ts'
import type { Random } from './world/random.ts'

/** What a seed stands for, before anything happens. */
export interface Plan extends WorkerPlan {
  /** Streams of a sharded source; 0 where they are plain. */
  readonly shards: number
  readonly workers: number
  readonly events: number
  readonly shops: readonly string[]
  readonly orders: number
  readonly alignment: WindowAlignment
  readonly asOf: AsOf
  /** The instant at which the world begins. */
  readonly epoch: Instant
  /** Of a thousand requests and replies each, how many get lost. */
  readonly lossPerMille: number
  /** Of a thousand statements, how many take long. */
  readonly slowPerMille: number
  /** Events are published up to here, faults begin up to here. */
  readonly busyMs: number
  readonly faults: number
}

export const PREFIX = 'shop'

const SHOPS = ['a', 'b', 'c', 'd']

const NOON: Instant = Date.UTC(2026, 2, 10, 12) * MICROS_PER_MILLISECOND

export function makePlan(random: Random): Plan {
  const shards = random.chance(700) ? random.between(1, 8) : 0
  const quietMs = random.pick([0, 0, 100, 1_000])
  return {
    shards,
    isSharded: shards > 0,
    streams: shards > 0 ? Array.from({ length: shards }, (_, shard) => `${PREFIX}:{${shard}}`) : [ORDERS, RATINGS],
    workers: random.between(2, 5),
    events: random.between(5, 30),
    shops: SHOPS.slice(0, random.between(1, SHOPS.length)),
    orders: random.between(1, 6),
    batchSize: random.pick([1, 2, 5, 20]),
    claimIdleMs: random.pick([1_000, 3_000]),
    debounce: { quietMs, maxWaitMs: quietMs * 2 },
    alignment: random.pick(['UtcDay', 'Sliding']),
    asOf: random.chance(250) ? 'EventTime' : 'Clock',
    epoch: random.chance(300)
      ? NOON + MICROS_PER_DAY / 2 - random.below(8_000) * MICROS_PER_MILLISECOND // midnight comes meanwhile
      : NOON,
    lossPerMille: random.pick([0, 0, 5, 20, 60]),
    slowPerMille: random.pick([0, 30, 150]),
    busyMs: random.pick([300, 1_500, 6_000]),
    faults: random.pick([0, 2, 4, 8]),
  }
}
