import type { HeldShard, ShardStore } from '../adapters/postgres/shard-store.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { decideShards } from '../core/fleet/decide-shards.ts'
import { mayRead } from '../core/fleet/lease.ts'
import type { Clock } from '../core/time/clock.ts'

/** What the keeper needs of whoever reads the shards. */
export interface ShardReader {
  /** Whether the streams can be read at all: a worker that cannot has no use for shards. */
  readonly isReading: boolean
  /** Reads this shard from now on, its former owner's pending entries first. */
  begin(stream: string): void
  /** Reads these shards no more. Resolves when nothing of theirs is held any longer. */
  end(streams: readonly string[]): Promise<void>
}

export interface ShardKeeperOptions {
  readonly store: ShardStore
  /** By shard number. */
  readonly streams: readonly string[]
  readonly self: string
  readonly reader: ShardReader
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
}

interface Holding extends HeldShard {
  /** By the monotonic clock: when the last renewal that worked was sent. */
  renewedAt: number
}

/** How often the fleet is looked at; more often while shards are to be had. */
const TICK_MS = 500
const EAGER_TICK_MS = 100

/** A token that no shard ever has: what is begun without holding a shard is refused when it is committed. */
const NO_TOKEN = '-1'

/**
 * Keeps a worker's fair share of the shards: takes what is free, lets go what others lack, renews its leases, and stops reading a shard
 * whose lease it could not renew in time. Reading is a matter of speed and order only; what may be committed, the token decides.
 */
export class ShardKeeper {
  readonly #options: ShardKeeperOptions
  readonly #held = new Map<string, Holding>()
  /** Held, but read no more. */
  readonly #leaving = new Set<string>()
  #tickMs = EAGER_TICK_MS

  constructor(options: ShardKeeperOptions) {
    this.#options = options
  }

  /** Streams that may be read at this moment. */
  readable(): readonly string[] {
    const now = this.#options.clock.monotonicMs()
    return [...this.#held].flatMap(([stream, { renewedAt }]) =>
      mayRead(renewedAt, now) && !this.#leaving.has(stream) ? [stream] : [],
    )
  }

  fenceOf(stream: string): HeldShard {
    return this.#held.get(stream) ?? { shard: this.#options.streams.indexOf(stream), token: NO_TOKEN }
  }

  /** These turned out to be somebody else's. */
  lose(shards: readonly number[]): void {
    const lost = [...this.#held].filter(([, { shard }]) => shards.includes(shard))
    if (lost.length === 0) return
    this.#options.log.warn({ shards }, 'shards were taken over by another worker')
    this.#options.metrics.shardsLost.inc(lost.length)
    for (const [stream] of lost) this.#held.delete(stream)
    void this.#options.reader.end(lost.map(([stream]) => stream))
    this.#options.metrics.shards.set(this.#held.size)
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.#tick()
      } catch (error) {
        this.#options.log.warn({ error }, 'the fleet could not be looked at')
      }
      await wait(this.#tickMs, stop)
    }
  }

  /** Lets go whatever is held. Nothing of it may be in flight any more. Where the database cannot be reached the leases run out. */
  async releaseAll(): Promise<void> {
    const all = [...this.#held.values()]
    this.#held.clear()
    this.#options.metrics.shards.set(0)
    try {
      await this.#options.store.release(all)
    } catch (error) {
      this.#options.log.warn({ error, shards: all.length }, 'shards could not be let go, their leases run out')
    }
  }

  async #tick(): Promise<void> {
    if (!this.#options.reader.isReading) return this.#stepBack()
    const { store, clock, self } = this.#options
    const sentAt = clock.monotonicMs()
    const fleet = await store.tick([...this.#held.values()])
    for (const holding of this.#held.values())
      if (fleet.shards[holding.shard]?.renewed === true) holding.renewedAt = sentAt
    this.lose(
      [...this.#held.values()].flatMap(({ shard, token }) => (fleet.shards[shard]?.token === token ? [] : [shard])),
    )
    const decision = decideShards({ self, members: fleet.members, owners: fleet.shards.map(({ owner }) => owner) })
    if (decision.release.length > 0) await this.#release(decision.release)
    if (decision.acquire > 0) await this.#acquire(decision.acquire)
    this.#tickMs = decision.reason === 'short' ? EAGER_TICK_MS : TICK_MS
  }

  async #acquire(limit: number): Promise<void> {
    const { store, clock, streams, reader, log, metrics } = this.#options
    const sentAt = clock.monotonicMs()
    const acquired = await store.acquire(limit, [...this.#held.values()])
    for (const { shard, token, position } of acquired) {
      const stream = streams[shard] as string
      this.#held.set(stream, { shard, token, renewedAt: sentAt })
      log.info({ shard, token, position }, 'shard taken')
      reader.begin(stream)
    }
    metrics.shards.set(this.#held.size)
  }

  async #release(shards: readonly number[]): Promise<void> {
    const leaving = [...this.#held].filter(([, { shard }]) => shards.includes(shard))
    await this.#withdraw(leaving.map(([stream]) => stream))
    await this.#options.store.release(leaving.map(([, holding]) => holding))
    this.#options.log.info({ shards }, 'shards let go for other workers')
  }

  /** Reads these no more, waits until nothing of theirs is in flight, and forgets them. */
  async #withdraw(streams: readonly string[]): Promise<void> {
    for (const stream of streams) this.#leaving.add(stream)
    await this.#options.reader.end(streams)
    for (const stream of streams) {
      this.#leaving.delete(stream)
      this.#held.delete(stream)
    }
    this.#options.metrics.shards.set(this.#held.size)
  }

  /** Out of reach of the streams: others must have the shards, and this worker no part in sharing them out. */
  async #stepBack(): Promise<void> {
    const { store, log } = this.#options
    this.#tickMs = TICK_MS
    if (this.#held.size > 0) {
      log.warn({ shards: this.#held.size }, 'the streams cannot be read: shards are left to others')
      await this.#release([...this.#held.values()].map(({ shard }) => shard))
    }
    await store.leave()
  }
}
