import { wait } from '../adapters/process/wait.ts'
import type { RedisEventStream } from '../adapters/redis/redis-event-stream.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import { backoffMs } from '../core/time/backoff.ts'
import type { Clock } from '../core/time/clock.ts'
import type { BatchCommitter, Commit } from './batch-committer.ts'
import { type PrepareContext, type PreparedBatch, prepareBatch } from './prepare-batch.ts'

export interface IngestLoopOptions {
  readonly stream: RedisEventStream
  readonly committer: BatchCommitter
  readonly context: () => PrepareContext
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly claimIntervalMs: number
  /** Awaited before every commit: holds ingest back while evaluation is behind. */
  readonly pace: (stop: AbortSignal) => Promise<void>
  /** Told after every commit which entities it made dirty. */
  readonly onCommitted: (entities: readonly string[]) => void
}

export type IngestEnd = 'stopped' | 'superseded'

/**
 * Reads, parses, commits, acknowledges, in that order and for one batch at a time; only the next batch is read and parsed while one commits,
 * so no more than two are held. When the database is slow, reading stops by itself.
 *
 * Entries come first from this consumer's own pending list (at the start and after each reconnect), then from consumers that went quiet,
 * then new.
 */
export class IngestLoop {
  readonly #options: IngestLoopOptions
  #nextClaimAt = 0
  #end: IngestEnd | undefined

  constructor(options: IngestLoopOptions) {
    this.#options = options
  }

  async run(stop: AbortSignal): Promise<IngestEnd> {
    let settling: Promise<void> = Promise.resolve()
    while (!this.#ends(stop)) {
      const isPending = this.#options.stream.hasUnreadPending
      if (isPending) await settling // what is in flight is pending too; and a reading counts as an attempt, while nothing else may end the process
      if (this.#ends(stop)) break
      const entries = await this.#readPersistently(isPending, stop)
      if (entries.length === 0) continue
      const prepared = this.#prepare(entries)
      await settling
      await this.#options.pace(stop)
      if (this.#end === undefined) settling = this.#settle(prepared, stop)
    }
    await settling
    return this.#end ?? 'stopped'
  }

  #ends(stop: AbortSignal): boolean {
    return stop.aborted || this.#end !== undefined
  }

  /** Whatever it takes; nothing when asked to stop. A reply that was lost leaves entries pending, so those are looked at next. */
  async #readPersistently(isPending: boolean, stop: AbortSignal): Promise<readonly StreamEntry[]> {
    const entries = await this.#persistently('reading failed', stop, async () => {
      try {
        return await this.#read(isPending, stop)
      } catch (error) {
        this.#options.stream.rereadPending()
        throw error
      }
    })
    return entries ?? []
  }

  /** Tries again, ever more slowly, until it works or `stop` is aborted: undefined then. */
  async #persistently<T>(failure: string, stop: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work()
      } catch (error) {
        this.#options.log.warn({ error, failures }, failure)
        if (stop.aborted) return undefined
        await wait(backoffMs(failures, this.#options.random()), stop)
      }
    }
  }

  async #read(isPending: boolean, stop: AbortSignal): Promise<readonly StreamEntry[]> {
    const { stream, metrics, clock } = this.#options
    if (!isPending && (await this.#claims())) return []
    const startedAt = clock.monotonicMs()
    const entries = isPending ? await stream.readOwnPending() : await stream.readNew(stop)
    if (entries.length === 0) return entries
    metrics.stageSeconds.observe({ stage: 'read' }, (clock.monotonicMs() - startedAt) / 1_000)
    metrics.entriesRead.inc(entries.length)
    metrics.batchEntries.observe(entries.length)
    return entries
  }

  /** From time to time takes over what other consumers let lie; whether that was something, and so is to be read next. */
  async #claims(): Promise<boolean> {
    const { stream, clock, claimIntervalMs } = this.#options
    if (clock.monotonicMs() < this.#nextClaimAt) return false
    this.#nextClaimAt = clock.monotonicMs() + claimIntervalMs
    await stream.claimIdle()
    return stream.hasUnreadPending
  }

  #prepare(entries: readonly StreamEntry[]): PreparedBatch {
    const startedAt = this.#options.clock.monotonicMs()
    const prepared = prepareBatch(entries, this.#options.context())
    this.#busy('parse', startedAt)
    if (prepared.rejections.size > 0) {
      this.#options.log.warn({ reasons: Object.fromEntries(prepared.rejections) }, 'entries set aside as dead letters')
    }
    return prepared
  }

  async #settle(prepared: PreparedBatch, stop: AbortSignal): Promise<void> {
    const { committer, clock, stream } = this.#options
    const startedAt = clock.monotonicMs()
    const commits = await committer.commit(prepared, stop)
    this.#busy('commit', startedAt)
    const committed = commits.filter((commit) => commit.kind === 'committed')
    for (const commit of committed) this.#count(commit)
    if (commits.some((commit) => commit.kind === 'superseded')) this.#end = 'superseded'

    const done = committed.flatMap((commit) => commit.prepared.entries)
    if (commits.some((commit) => commit.kind === 'abandoned'))
      await this.#forgive(prepared.entries.filter((entry) => !done.includes(entry)))
    if (done.length === 0) return
    const acknowledgedFrom = clock.monotonicMs()
    const deadLetters = committed.flatMap((commit) => commit.prepared.batch.deadLetters)
    await this.#persistently('acknowledging failed, committed entries stay pending', stop, async () => {
      await stream.publishDeadLetters(deadLetters)
      await stream.acknowledge(done)
    })
    this.#busy('acknowledge', acknowledgedFrom)
  }

  /** Trouble with the database is none of the entries' doing, so this delivery must not count against them. */
  async #forgive(entries: readonly StreamEntry[]): Promise<void> {
    await this.#options.stream.forgetAttempt(entries).catch((error: unknown) => {
      this.#options.log.warn({ error, entries: entries.length }, 'attempts could not be taken back')
    })
  }

  #count({ prepared, counts, entities }: Extract<Commit, { kind: 'committed' }>): void {
    const { metrics, onCommitted } = this.#options
    metrics.entries.inc({ outcome: 'persisted' }, counts.persisted)
    metrics.entries.inc({ outcome: 'marked' }, counts.marked)
    metrics.entries.inc({ outcome: 'duplicate' }, counts.duplicate)
    metrics.entries.inc({ outcome: 'stale' }, counts.stale)
    metrics.entries.inc({ outcome: 'ignored' }, prepared.ignored)
    metrics.entries.inc({ outcome: 'dead_lettered' }, prepared.batch.deadLetters.length)
    metrics.countRejections(prepared.rejections)
    onCommitted(entities)
  }

  #busy(stage: 'parse' | 'commit' | 'acknowledge', startedAt: number): void {
    const seconds = (this.#options.clock.monotonicMs() - startedAt) / 1_000
    this.#options.metrics.stageSeconds.observe({ stage }, seconds)
    this.#options.metrics.busySeconds.inc(seconds)
  }
}
