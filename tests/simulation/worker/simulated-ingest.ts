import { decideReading, isWithinReach, provesReach, type Reading } from '../../../core/stream/decide-reading.ts'
import type { StreamEntry } from '../../../core/stream/entry.ts'
import { judgeCommits } from '../../../core/stream/judge-commits.ts'
import { backoffMs } from '../../../core/time/backoff.ts'
import { type PreparedBatch, prepareBatch } from '../../../worker/prepare-batch.ts'
import { Trouble, unlessTrouble } from '../servers/trouble.ts'
import { type Fiber, Latch, type Routine } from '../world/fiber.ts'
import { Signal, until, wait } from '../world/pause.ts'
import { named } from './named-entries.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

const LOOK_BACK_INTERVAL_MS = 5_000
const NOTHING_TO_READ_MS = 100
const KEEPS_PER_CLAIM = 3

/** What `IngestLoop` does, one request after the other. */
export class SimulatedIngest {
  readonly #worker: SimulatedWorker
  /** Read and not done with yet. */
  readonly #held = new Set<readonly StreamEntry[]>()
  #nextLookBackAt = 0
  #failures = 0
  #failingSince: number | undefined
  #interruption = new Signal()
  #waitingForRest: Latch[] = []
  #hasEnded = false

  constructor(worker: SimulatedWorker) {
    this.#worker = worker
  }

  get isReading(): boolean {
    return isWithinReach(this.#failingSince, this.#worker.now())
  }

  begin(stream: string): void {
    this.#worker.stream.rereadPending([stream])
    this.#nextLookBackAt = 0
    this.interrupt()
  }

  /** Gives what opens when nothing of theirs is held any longer. */
  end(streams: readonly string[]): Latch {
    this.#worker.stream.forget(streams)
    this.interrupt()
    const rest = new Latch()
    if (this.#hasEnded) rest.open()
    else this.#waitingForRest.push(rest)
    return rest
  }

  interrupt(): void {
    this.#interruption.abort()
  }

  *run(): Routine {
    const { stream, stopping } = this.#worker
    let settling: Fiber | undefined
    while (!stopping.isAborted) {
      const isPending = stream.hasUnreadPending
      if (settling !== undefined && (isPending || this.#waitingForRest.length > 0)) yield* until(settling.over)
      this.#rest()
      if (stopping.isAborted) break
      const entries = yield* this.#tryToRead(isPending)
      if (entries.length === 0) continue
      const prepared = prepareBatch(entries, this.#worker.context())
      if (settling !== undefined) yield* until(settling.over)
      settling = this.#worker.spawn(this.#settle(prepared))
    }
    if (settling !== undefined) yield* until(settling.over)
    this.#hasEnded = true
    this.#rest()
  }

  /** Of plain streams. */
  *keepFromOthers(): Routine {
    const { stream, plan } = this.#worker
    while (!this.#hasEnded) {
      yield plan.claimIdleMs / KEEPS_PER_CLAIM
      if (this.#held.size > 0) yield* unlessTrouble(stream.keep([...this.#held].flat()))
    }
  }

  #rest(): void {
    const waiting = this.#waitingForRest
    if (waiting.length === 0) return
    this.#waitingForRest = []
    for (const latch of waiting) latch.open()
  }

  *#tryToRead(isPending: boolean): Routine<readonly StreamEntry[]> {
    const { stream, world, stopping } = this.#worker
    this.#interruption = new Signal(stopping.isAborted)
    try {
      const streams = this.#readable()
      const reading = this.#decide(streams, isPending)
      const entries = yield* this.#read(reading, streams, this.#interruption)
      if (!provesReach(reading, entries.length)) return entries
      this.#failures = 0
      this.#failingSince = undefined
      return entries
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      this.#failures += 1
      this.#failingSince ??= this.#worker.now()
      stream.rereadPending(this.#readable())
      yield* wait(backoffMs(this.#failures, world.random.fraction()), this.#interruption)
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
    return decideReading(state, this.#worker.now())
  }

  *#read(reading: Reading, streams: readonly string[], signal: Signal): Routine<readonly StreamEntry[]> {
    const { stream } = this.#worker
    switch (reading) {
      case 'probe':
        yield* stream.probe()
        return []
      case 'nothing':
        yield* wait(NOTHING_TO_READ_MS, signal)
        return []
      case 'look-back':
        yield* this.#lookBack(streams)
        return []
      case 'own-pending':
        return this.#hold('pending', yield* stream.readOwnPending())
      case 'new':
        return this.#hold('new', yield* stream.readNew(streams, signal))
    }
  }

  #hold(which: 'pending' | 'new', entries: readonly StreamEntry[]): readonly StreamEntry[] {
    if (entries.length === 0) return entries
    this.#held.add(entries)
    if (this.#worker.world.isTraced) this.#worker.note(`reads ${which}: ${named(entries)}`)
    return entries
  }

  *#lookBack(streams: readonly string[]): Routine {
    const { stream, plan, world } = this.#worker
    this.#nextLookBackAt = this.#worker.now() + LOOK_BACK_INTERVAL_MS
    if (world.mutation === 'no-look-back') return
    if (plan.isSharded) yield* stream.trimConsumed(streams)
    else if ((yield* stream.claimIdle()) === 'more') this.#nextLookBackAt = 0
    stream.rereadPending(this.#readable())
  }

  *#settle(prepared: PreparedBatch): Routine {
    const { stream, committer, evaluation, keeper, world } = this.#worker
    const beganAt = this.#worker.now()
    if (world.mutation === 'acknowledge-first') yield* unlessTrouble(this.#acknowledge(prepared.entries))
    const commits = yield* committer.commit(prepared)
    for (const commit of commits) {
      if (commit.kind !== 'committed') continue
      evaluation.wake(commit.entities)
      keeper?.renew(commit.shards, beganAt)
    }
    const { acknowledge, forgive } = judgeCommits(prepared.entries, commits)
    if (forgive.length > 0) yield* unlessTrouble(stream.forgetAttempt(forgive))
    if (acknowledge.length > 0)
      try {
        yield* this.#acknowledge(acknowledge)
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        stream.rereadPending(this.#readable())
      }
    this.#held.delete(prepared.entries)
  }

  *#acknowledge(entries: readonly StreamEntry[]): Routine {
    if (this.#worker.world.isTraced) this.#worker.note(`acknowledges ${named(entries)}`)
    yield* this.#worker.stream.acknowledge(entries)
  }

  #readable(): readonly string[] {
    return this.#worker.keeper?.readable() ?? this.#worker.plan.streams
  }
}
