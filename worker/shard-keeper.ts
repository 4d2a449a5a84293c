import type { ShardStore } from '../adapters/postgres/shard-store.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { lookAgainMs } from '../core/fleet/decide-shards.ts'
import type { FleetState, HeldShard } from '../core/fleet/fleet-state.ts'
import { ShardHoldings } from '../core/fleet/shard-holdings.ts'
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

/**
 * Keeps a worker's fair share of the shards: takes what is free, lets go what others lack, renews its leases, and stops reading a shard
 * whose lease it could not renew in time. Reading is a matter of speed and order only; what may be committed, the token decides.
 */
export class ShardKeeper {
  readonly #options: ShardKeeperOptions
  readonly #holdings: ShardHoldings
  #lookAgainMs = lookAgainMs('short')

  constructor(options: ShardKeeperOptions) {
    this.#options = options
    this.#holdings = new ShardHoldings(options.self, options.streams)
  }

  /** Streams that may be read at this moment. */
  readable(): readonly string[] {
    return this.#holdings.readable(this.#options.clock.monotonicMs())
  }

  fenceOf(stream: string): HeldShard {
    return this.#holdings.fenceOf(stream)
  }

  /** A commit found these held, which renewed their leases; `askedAt`, by the monotonic clock, is when it was begun. */
  renew(shards: readonly HeldShard[], askedAt: number): void {
    this.#holdings.renew(shards, askedAt)
  }

  /** These turned out to be somebody else's. */
  lose(shards: readonly number[]): void {
    const lost = this.#holdings.streamsOf(shards)
    if (lost.length === 0) return
    this.#options.log.warn({ shards }, 'shards were taken over by another worker')
    this.#options.metrics.shardsLost.inc(lost.length)
    this.#drop(lost)
    void this.#options.reader.end(lost)
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.#tick()
      } catch (error) {
        this.#warn(error)
      }
      await wait(this.#lookAgainMs, stop)
    }
  }

  /** Lets go whatever is held. Nothing of it may be in flight any more. Where the database cannot be reached the leases run out. */
  async releaseAll(): Promise<void> {
    const all = this.#holdings.all()
    this.#drop(this.#holdings.streamsOf(all.map(({ shard }) => shard)))
    try {
      await this.#options.store.release(all)
    } catch (error) {
      this.#options.log.warn({ error, count: all.length }, 'shards could not be let go, their leases run out')
    }
  }

  async #tick(): Promise<void> {
    if (!this.#options.reader.isReading) return this.#stepBack()
    const decision = this.#holdings.decide(await this.#look())
    if (decision.release.length > 0) await this.#release(decision.release)
    if (decision.acquire > 0) await this.#acquire(decision.acquire)
    this.#lookAgainMs = lookAgainMs(decision.reason)
  }

  /** Renews the leases, and sees who else is there. */
  async #look(): Promise<FleetState> {
    const { store, clock } = this.#options
    const askedAt = clock.monotonicMs()
    const fleet = await store.tick(this.#holdings.all())
    this.lose(this.#holdings.learn(fleet, askedAt))
    return fleet
  }

  async #acquire(limit: number): Promise<void> {
    const { store, clock, reader, log, metrics } = this.#options
    const askedAt = clock.monotonicMs()
    const acquired = await store.acquire(limit, this.#holdings.all())
    for (const { shard, token, position } of acquired) log.info({ shard, token, position }, 'shard taken')
    for (const stream of this.#holdings.take(acquired, askedAt)) reader.begin(stream)
    metrics.shards.set(this.#holdings.size)
  }

  /** Reads these no more, waits until nothing of theirs is in flight, and leaves them to others. */
  async #release(shards: readonly number[]): Promise<void> {
    const streams = this.#holdings.streamsOf(shards)
    const released = streams.map((stream) => this.#holdings.fenceOf(stream))
    this.#holdings.leave(streams)
    await this.#stayDuring(this.#letGo(streams, released))
    this.#options.log.info({ shards }, 'shards let go for other workers')
  }

  async #letGo(streams: readonly string[], released: readonly HeldShard[]): Promise<void> {
    await this.#options.reader.end(streams)
    this.#drop(streams)
    await this.#options.store.release(released)
  }

  /** A commit that comes first may take longer than a lease: its worker is not dead meanwhile, nor are the shards that it keeps free. */
  async #stayDuring(leaving: Promise<void>): Promise<void> {
    const over = new AbortController()
    const left = leaving.finally(() => over.abort())
    left.catch(() => undefined) // told at the end
    while (!over.signal.aborted) {
      await wait(lookAgainMs('surplus'), over.signal)
      if (!over.signal.aborted && this.#options.reader.isReading) await this.#look().catch((error) => this.#warn(error))
    }
    await left
  }

  /** Out of reach of the streams: others must have the shards, and this worker no part in sharing them out. */
  async #stepBack(): Promise<void> {
    const { store, log } = this.#options
    this.#lookAgainMs = lookAgainMs('fair')
    if (this.#holdings.size > 0) {
      log.warn({ count: this.#holdings.size }, 'the streams cannot be read: shards are left to others')
      await this.#release(this.#holdings.all().map(({ shard }) => shard))
    }
    await store.leave()
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ error }, 'the fleet could not be looked at')
  }

  #drop(streams: readonly string[]): void {
    this.#holdings.drop(streams)
    this.#options.metrics.shards.set(this.#holdings.size)
  }
}
