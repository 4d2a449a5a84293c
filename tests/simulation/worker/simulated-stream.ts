import { isSuspicious, readTogether, type StreamEntry } from '../../../core/stream/entry.ts'
import type { Routine } from '../world/fiber.ts'
import type { Signal } from '../world/pause.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

const BLOCK_MS = 1_000

/** What `RedisEventStream` does, command by command. */
export class SimulatedStream {
  readonly #worker: SimulatedWorker
  readonly #consumer: string
  /** Streams whose own pending entries are still to be read, and from where. */
  readonly #pendingAfter = new Map<string, string>()

  constructor(worker: SimulatedWorker, consumer: string) {
    this.#worker = worker
    this.#consumer = consumer
  }

  get hasUnreadPending(): boolean {
    return this.#pendingAfter.size > 0
  }

  rereadPending(streams: readonly string[]): void {
    for (const stream of streams) this.#pendingAfter.set(stream, '0')
  }

  forget(streams: readonly string[]): void {
    for (const stream of streams) this.#pendingAfter.delete(stream)
  }

  *readOwnPending(): Routine<readonly StreamEntry[]> {
    const { batchSize } = this.#worker.plan
    const entries: StreamEntry[] = []
    for (const [stream, after] of this.#pendingAfter) {
      const attempts = yield* this.#countAttempts(stream, after, batchSize - entries.length)
      const isAlone = attempts[0] !== undefined && isSuspicious(attempts[0])
      if (isAlone && entries.length > 0) break
      if (attempts.length === 0) this.#pendingAfter.delete(stream)
      else entries.push(...(yield* this.#readPending(stream, after, attempts)))
      if (isAlone || entries.length >= batchSize) break
    }
    return entries
  }

  *readNew(streams: readonly string[], signal: Signal): Routine<readonly StreamEntry[]> {
    if (signal.isAborted) return []
    const { plan, servers } = this.#worker
    const count = Math.ceil(plan.batchSize / streams.length)
    const read = this.#worker.blockingCommand(() => servers.redis.readNew(streams, this.#consumer, count), BLOCK_MS)
    return (yield* signal.ends(() => read.unblock(), read.run())) ?? []
  }

  *claimIdle(): Routine<'all' | 'more'> {
    const { plan, servers } = this.#worker
    let room = plan.batchSize
    for (const stream of plan.streams) {
      if (room === 0) break
      const claimed = yield* this.#worker.command(() =>
        servers.redis.claimIdle(stream, this.#consumer, plan.claimIdleMs, room),
      )
      if (claimed > 0) this.#pendingAfter.set(stream, '0')
      room -= claimed
    }
    return room > 0 ? 'all' : 'more'
  }

  *acknowledge(entries: readonly StreamEntry[]): Routine {
    yield* this.#worker.command(() => this.#worker.servers.redis.acknowledge(entries))
  }

  *keep(entries: readonly StreamEntry[]): Routine {
    yield* this.#worker.command(() => this.#worker.servers.redis.keep(entries, this.#consumer))
  }

  *forgetAttempt(entries: readonly StreamEntry[]): Routine {
    yield* this.#worker.command(() => this.#worker.servers.redis.forgetAttempt(entries, this.#consumer))
  }

  *trimConsumed(streams: readonly string[]): Routine {
    yield* this.#worker.command(() => this.#worker.servers.redis.trimConsumed(streams))
  }

  /** PING. */
  *probe(): Routine {
    yield* this.#worker.command(() => undefined)
  }

  *#countAttempts(stream: string, after: string, atMost: number): Routine<readonly number[]> {
    const { redis } = this.#worker.servers
    const deliveries = yield* this.#worker.command(() => redis.countDeliveries(stream, this.#consumer, after, atMost))
    return readTogether(deliveries.map((each) => each + 1))
  }

  *#readPending(stream: string, after: string, attempts: readonly number[]): Routine<readonly StreamEntry[]> {
    const { redis } = this.#worker.servers
    const read = yield* this.#worker.command(() => redis.readPending(stream, this.#consumer, after, attempts.length))
    const last = read.at(-1)
    if (last !== undefined) this.#pendingAfter.set(stream, last.id)
    return read.map((entry, i) => ({ ...entry, attempts: attempts[i] ?? 1 }))
  }
}
