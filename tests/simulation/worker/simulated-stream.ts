import {
  attemptsOf,
  isSuspicious,
  type PendingEntry,
  readTogether,
  type StreamEntry,
} from '../../../core/stream/entry.ts'
import { type PendingCursor, PendingCursors } from '../../../core/stream/pending-cursors.ts'
import type { Routine } from '../world/fiber.ts'
import type { Signal } from '../world/pause.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

const BLOCK_MS = 1_000

/** What `RedisEventStream` does, command by command. */
export class SimulatedStream {
  readonly #worker: SimulatedWorker
  readonly #consumer: string
  readonly #unread = new PendingCursors()

  constructor(worker: SimulatedWorker, consumer: string) {
    this.#worker = worker
    this.#consumer = consumer
  }

  get hasUnreadPending(): boolean {
    return !this.#unread.isEmpty
  }

  rereadPending(streams: readonly string[]): void {
    this.#unread.restart(streams)
  }

  forget(streams: readonly string[]): void {
    this.#unread.forget(streams)
  }

  *readOwnPending(): Routine<readonly StreamEntry[]> {
    const { plan, servers, name } = this.#worker
    const { batchSize } = plan
    const entries: StreamEntry[] = []
    for (const [stream, cursor] of this.#unread.entries()) {
      servers.database.judge.readsPending(name, stream, this.#worker.holds(stream))
      const pending = yield* this.#listPending(stream, cursor, batchSize - entries.length)
      const isAlone = pending[0] !== undefined && isSuspicious(pending[0].attempts)
      if (isAlone && entries.length > 0) break
      if (pending.length === 0) this.#unread.finish(stream, cursor)
      else entries.push(...(yield* this.#readPending(stream, cursor, pending)))
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
      if (claimed > 0) this.#unread.restart([stream])
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

  *#listPending(stream: string, { after }: PendingCursor, atMost: number): Routine<readonly PendingEntry[]> {
    const { redis } = this.#worker.servers
    const pending = yield* this.#worker.command(() => redis.listPending(stream, this.#consumer, after, atMost))
    return readTogether(pending.map(({ id, deliveries }) => ({ id, attempts: deliveries + 1 })))
  }

  *#readPending(
    stream: string,
    cursor: PendingCursor,
    pending: readonly PendingEntry[],
  ): Routine<readonly StreamEntry[]> {
    const { redis } = this.#worker.servers
    const { after } = cursor
    const read = yield* this.#worker.command(() => redis.readPending(stream, this.#consumer, after, pending.length))
    const last = read.at(-1)
    if (last !== undefined) this.#unread.advance(stream, cursor, last.id)
    const attempts = attemptsOf(pending)
    return read.map((entry) => ({ ...entry, attempts: attempts(entry.id) }))
  }
}
