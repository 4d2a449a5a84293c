import { wait } from '../adapters/process/wait.ts'
import { isRefusal } from '../adapters/redis/is-refusal.ts'
import type { RedisEventStream } from '../adapters/redis/redis-event-stream.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { beginSpan, inSpan } from '../adapters/telemetry/span.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { HeldShard } from '../core/fleet/fleet-state.ts'
import { decideReading, isWithinReach, provesReach, type Reading } from '../core/stream/decide-reading.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import { judgeCommits } from '../core/stream/judge-commits.ts'
import { backoffMs } from '../core/time/backoff.ts'
import type { Clock } from '../core/time/clock.ts'
import type { BatchCommitter, Commit } from './batch-committer.ts'
import { type PrepareContext, type PreparedBatch, prepareBatch } from './prepare-batch.ts'
import type { ShardReader } from './shard-keeper.ts'
import type { StreamWatch } from './stream-watch.ts'
import { traceBatch } from './trace-batch.ts'
import type { WorkMeter } from './work-meter.ts'

export interface IngestLoopOptions {
  readonly stream: RedisEventStream
  readonly committer: BatchCommitter
  readonly context: () => PrepareContext
  readonly meter: WorkMeter
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly lookBackIntervalMs: number
  /** After how long consumers take over from one another entry by entry; undefined where shards change hands as a whole. */
  readonly claimIdleMs: number | undefined
  readonly watch: StreamWatch
  /** The streams to read at this moment. */
  readonly readable: () => readonly string[]
  /** Awaited before every commit: holds ingest back while evaluation is behind. */
  readonly pace: (stop: AbortSignal) => Promise<void>
  /** Told after every commit which entities it made dirty, and how many events took effect with it. */
  readonly onCommitted: (entities: readonly string[], events: number) => void
  /** Told after every commit which shards it found held, and when it was begun, by the monotonic clock. */
  readonly onHeld: (shards: readonly HeldShard[], askedAt: number) => void
}

export type IngestEnd = 'stopped' | 'superseded'

/** So many times held entries are kept from other consumers before these would claim them. */
const KEEPS_PER_CLAIM = 3

/** Whoever was silent for so long is gone: its name was given once. Looked for now and then, for it takes a look at every name. */
const GONE_AFTER_MS = 3_600_000
const TIDY_EVERY_MS = 600_000

/** A pause before a worker without a stream looks whether it has got one. */
const NOTHING_TO_READ_MS = 100

/**
 * Reads, parses, commits, acknowledges, in that order and for one batch at a time; only the next batch is read and parsed while one commits,
 * so no more than two are held. When the database is slow, reading stops by itself.
 *
 * Entries come first from this consumer's own pending list (at the start and after each reconnect), then from consumers that went quiet,
 * then new.
 */
export class IngestLoop implements ShardReader {
  readonly #options: IngestLoopOptions
  /** Read and not done with yet. */
  readonly #held = new Set<readonly StreamEntry[]>()
  #nextLookBackAt = 0
  #nextTidyAt = 0
  #failures = 0
  #failingSince: number | undefined
  #failure: unknown
  #interruption = new AbortController()
  /** Told once nothing is in flight, and no reading is under way that began before they asked. */
  readonly #waitingForRest: (() => void)[] = []
  #end: IngestEnd | undefined
  #hasEnded = false

  constructor(options: IngestLoopOptions) {
    this.#options = options
  }

  async run(stop: AbortSignal): Promise<IngestEnd> {
    const { claimIdleMs } = this.#options
    if (claimIdleMs === undefined) return await this.#work(stop)
    const keeping = setInterval(() => void this.#keep(), claimIdleMs / KEEPS_PER_CLAIM)
    return await this.#work(stop).finally(() => clearInterval(keeping))
  }

  async #work(stop: AbortSignal): Promise<IngestEnd> {
    let settling: Promise<void> = Promise.resolve()
    while (!this.#ends(stop)) {
      const isPending = this.#options.stream.hasUnreadPending
      // what is in flight is pending too; and a reading counts as an attempt, while nothing else may end the process
      if (isPending || this.#waitingForRest.length > 0) await settling
      for (const rests of this.#waitingForRest.splice(0)) rests()
      if (this.#ends(stop)) break
      const entries = await this.#tryToRead(isPending, stop)
      if (entries.length === 0) continue
      const { span, traced } = traceBatch(entries)
      const prepared = span.run(() => this.#prepare(entries, traced))
      await settling
      await this.#options.pace(stop)
      if (this.#end !== undefined) span.end()
      else
        settling = span
          .run(() => this.#settle(prepared, stop))
          .finally(() => {
            this.#letGo(entries)
            span.end()
          })
    }
    await settling
    this.#hasEnded = true
    for (const rests of this.#waitingForRest.splice(0)) rests()
    return this.#end ?? 'stopped'
  }

  /** False once reading has failed for a while: a partition, a server that is gone. */
  get isReading(): boolean {
    return isWithinReach(this.#failingSince, this.#options.clock.monotonicMs())
  }

  /** Why streams cannot be read, if that has been so for a while. */
  get trouble(): unknown {
    return this.isReading ? undefined : this.#failure
  }

  begin(stream: string): void {
    this.#options.stream.rereadPending([stream])
    this.#nextLookBackAt = 0
    this.#interruption.abort()
  }

  async end(streams: readonly string[]): Promise<void> {
    this.#options.stream.forget(streams)
    this.#interruption.abort()
    if (!this.#hasEnded) await new Promise<void>((resolve) => this.#waitingForRest.push(resolve))
  }

  #ends(stop: AbortSignal): boolean {
    return stop.aborted || this.#end !== undefined
  }

  /** Nothing where that fails, after a pause. A reply that was lost leaves entries pending, so those are looked at next. */
  async #tryToRead(isPending: boolean, stop: AbortSignal): Promise<readonly StreamEntry[]> {
    this.#interruption = new AbortController()
    const signal = AbortSignal.any([stop, this.#interruption.signal])
    try {
      const streams = this.#options.readable()
      const reading = this.#decide(streams, isPending)
      const entries = await this.#read(reading, streams, signal)
      if (!provesReach(reading, entries.length)) return entries
      this.#failures = 0
      this.#failingSince = undefined
      return entries
    } catch (error) {
      this.#failures += 1
      this.#failure = error
      this.#failingSince ??= this.#options.clock.monotonicMs()
      this.#options.metrics.readRetries.inc()
      this.#options.log.warn({ error, failures: this.#failures }, 'reading failed')
      this.#options.stream.rereadPending(this.#options.readable())
      await wait(backoffMs(this.#failures, this.#options.random()), signal)
      return []
    }
  }

  #decide(streams: readonly string[], hasUnreadPending: boolean): Reading {
    const state = {
      readable: streams.length,
      hasUnreadPending,
      nextLookBackAt: this.#nextLookBackAt,
      failingSince: this.#failingSince,
    }
    return decideReading(state, this.#options.clock.monotonicMs())
  }

  async #read(reading: Reading, streams: readonly string[], signal: AbortSignal): Promise<readonly StreamEntry[]> {
    const { stream } = this.#options
    switch (reading) {
      case 'probe':
        await stream.probe()
        return []
      case 'nothing':
        await wait(NOTHING_TO_READ_MS, signal)
        return []
      case 'look-back':
        await this.#lookBack(streams)
        return []
      case 'own-pending':
        return this.#hold(() => stream.readOwnPending())
      case 'new':
        return this.#hold(() => stream.readNew(streams, signal))
    }
  }

  async #hold(read: () => Promise<readonly StreamEntry[]>): Promise<readonly StreamEntry[]> {
    const { metrics, clock, meter } = this.#options
    const startedAt = clock.monotonicMs()
    const entries = await read()
    if (entries.length === 0) return entries
    metrics.stageSeconds.observe({ stage: 'read' }, (clock.monotonicMs() - startedAt) / 1_000)
    metrics.entriesRead.inc(entries.length)
    metrics.batchEntries.observe(entries.length)
    this.#held.add(entries)
    meter.beginBatch()
    return entries
  }

  #letGo(entries: readonly StreamEntry[]): void {
    this.#held.delete(entries)
    this.#options.meter.endBatch(entries.length)
  }

  /**
   * Looks whether entries are gone, takes over what other consumers let lie, and has own pending entries looked at once more, for a process
   * that was frozen may have had some delivered that it never saw. From time to time, and before a shard is read for the first time.
   */
  async #lookBack(streams: readonly string[]): Promise<void> {
    const { stream, clock, lookBackIntervalMs, claimIdleMs, readable, watch, metrics } = this.#options
    this.#nextLookBackAt = clock.monotonicMs() + lookBackIntervalMs
    await watch.look(streams)
    if (claimIdleMs === undefined) metrics.entriesTrimmed.inc(await stream.trimConsumed(streams))
    else await this.#takeOver()
    stream.rereadPending(readable()) // some may have been let go meanwhile
  }

  /** What other consumers let lie, and then those consumers themselves: where workers have another name each time, these would only ever grow. */
  async #takeOver(): Promise<void> {
    const { stream, clock, log } = this.#options
    if ((await stream.claimIdle()) === 'more') this.#nextLookBackAt = 0
    if (clock.monotonicMs() < this.#nextTidyAt) return
    this.#nextTidyAt = clock.monotonicMs() + TIDY_EVERY_MS
    try {
      const removed = await stream.removeGoneConsumers(GONE_AFTER_MS)
      if (removed > 0) log.info({ removed }, 'consumers that are gone were removed from their groups')
    } catch (error) {
      log.warn({ error }, 'consumers that are gone could not be removed') // whoever may not do this reads all the same
    }
  }

  /** However long a commit takes, nobody else gets its entries meanwhile: that would count as a delivery, and do the work twice. */
  async #keep(): Promise<void> {
    if (this.#held.size > 0) await this.#options.stream.keep([...this.#held].flat()).catch(() => undefined) // twice, then
  }

  #prepare(entries: readonly StreamEntry[], traced: readonly StreamEntry[]): PreparedBatch {
    const startedAt = this.#options.clock.monotonicMs()
    const span = beginSpan('read')
    const prepared = prepareBatch(entries, this.#options.context(), traced)
    span.end()
    this.#observe('parse', startedAt)
    if (prepared.rejections.size > 0) {
      this.#options.log.warn({ reasons: Object.fromEntries(prepared.rejections) }, 'entries set aside as dead letters')
    }
    return prepared
  }

  async #settle(prepared: PreparedBatch, stop: AbortSignal): Promise<void> {
    const { committer, clock, stream } = this.#options
    const startedAt = clock.monotonicMs()
    const commits = await committer.commit(prepared, stop)
    this.#observe('commit', startedAt)
    const committed = commits.filter((commit) => commit.kind === 'committed')
    for (const commit of committed) {
      this.#count(commit)
      this.#options.onHeld(commit.prepared.batch.shards ?? [], startedAt)
    }
    const fenced = commits.flatMap((commit) => (commit.kind === 'fenced' ? commit.entries : []))
    this.#options.metrics.entries.inc({ outcome: 'fenced' }, fenced.length)
    if (commits.some((commit) => commit.kind === 'superseded')) this.#end = 'superseded'

    const { acknowledge, forgive } = judgeCommits(prepared.entries, commits)
    if (forgive.length > 0) await this.#forgive(forgive)
    if (acknowledge.length === 0) return
    const acknowledgedFrom = clock.monotonicMs()
    const deadLetters = committed.flatMap((commit) => commit.prepared.batch.deadLetters)
    try {
      await inSpan('acknowledge', {}, async () => {
        await stream.publishDeadLetters(deadLetters)
        await stream.acknowledge(acknowledge)
      })
      this.#options.meter.done(acknowledge.length)
    } catch (error) {
      this.#options.log.warn(
        { error, entries: acknowledge.length },
        'acknowledging failed, committed entries are read again',
      )
      if (isRefusal(error)) await this.#forgive(acknowledge) // they ended nobody, and would be taken for that if it went on like this
      stream.rereadPending(this.#options.readable())
      await wait(backoffMs(1, this.#options.random()), stop)
    }
    this.#observe('acknowledge', acknowledgedFrom)
  }

  /** Trouble with servers is none of the entries' doing, so this delivery must not count against them. */
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
    onCommitted(entities, counts.persisted + counts.marked)
  }

  #observe(stage: 'parse' | 'commit' | 'acknowledge', startedAt: number): void {
    const seconds = (this.#options.clock.monotonicMs() - startedAt) / 1_000
    this.#options.metrics.stageSeconds.observe({ stage }, seconds)
  }
}
