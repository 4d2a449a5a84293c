import type { Debounce, Evaluated, EvaluationFailure, Evaluator } from '../adapters/postgres/evaluator.ts'
import type { Slice } from '../adapters/postgres/member-store.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { apartFromSpans } from '../adapters/telemetry/span.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { isWithinReach } from '../core/stream/decide-reading.ts'
import { backoffMs } from '../core/time/backoff.ts'
import type { Clock } from '../core/time/clock.ts'
import { type Instant, MICROS_PER_MILLISECOND, MICROS_PER_SECOND } from '../core/time/instant.ts'

export interface EvaluationLoopOptions {
  readonly evaluator: Evaluator
  /** Which part of the marks and references is this worker's at this moment. */
  readonly slice: () => Slice
  readonly debounce: Debounce
  /** How long after its publication an event may show in its row without being counted as late. */
  readonly freshnessObjectiveMs: number
  /** So many rows are stored anew. */
  readonly onEvaluated: (rows: number) => void
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
  readonly random: () => number
}

/** Entities per evaluation: small enough that ingest never waits long for their marks, large enough to be one round trip of many. */
export const ENTITIES_PER_EVALUATION = 500

/** How often rows are looked for that change without an event, and references that have been resolved since. */
const SLOW_TICK_MS = 1_000

/** How long past its time a mark may wait before ingest is held back: freshness first, throughput second. */
const ALLOWED_LAG_MS = 500

/** An entity that cannot be computed is left alone this long: something must be mended first, and each try costs its neighbours time. */
const LEFT_ALONE_MS = 60_000

/** Looks for due marks ten times per quiet period, within these bounds. */
const SHORTEST_TICK_MS = 20
const LONGEST_TICK_MS = 250

/**
 * Evaluates what is due, for as long as something is, then waits for the next tick. Where rows follow their events at once (`quiet: 0s`), the
 * entities of each batch are evaluated right after it by the worker that committed it.
 */
export class EvaluationLoop {
  readonly #options: EvaluationLoopOptions
  readonly #tickMs: number
  #nextSlowTickAt = 0
  readonly #dirty = new Set<string>()
  /** Those that are being evaluated because this worker made them dirty, and that evaluation. */
  #underWay: readonly string[] = []
  #own: Promise<void> | undefined
  /** Whether marks that are due are being evaluated, whoever made them. */
  #isTakingDue = false
  #asOf: Instant | undefined
  /** Whether there may be rows that change without an event by now. */
  #changes = true
  /** Entities that could not be computed, and until when they are left alone. */
  readonly #leftAlone = new Map<string, number>()
  /** By how much the oldest mark that was taken last had missed its time. */
  #lagMs = 0
  #evaluation = Promise.withResolvers<void>()
  #hasEnded = false
  #failing: { readonly since: number; readonly error: unknown } | undefined

  constructor(options: EvaluationLoopOptions) {
    this.#options = options
    this.#tickMs = Math.min(LONGEST_TICK_MS, Math.max(SHORTEST_TICK_MS, options.debounce.quietMs / 10))
  }

  /** Why nothing can be evaluated, if that has been so for a while: the database cannot be reached, or refuses. */
  get trouble(): unknown {
    return isWithinReach(this.#failing?.since, this.#options.clock.monotonicMs()) ? undefined : this.#failing?.error
  }

  /** The pipeline's as-of as last read, where it follows the data. */
  get asOf(): Instant | undefined {
    return this.#asOf
  }

  /** These entities became dirty. Where they are due at once, they are evaluated at once: a few; what is too much for that is left to ticks. */
  wake(entities: readonly string[]): void {
    if (this.#options.debounce.quietMs > 0) return
    for (const entity of entities)
      if (this.#dirty.size < ENTITIES_PER_EVALUATION && !this.#leftAlone.has(entity)) this.#dirty.add(entity)
    this.#evaluateOwn()
  }

  /** Resolves at once, or when evaluation has caught up after it fell behind: then marks come faster than rows are computed. */
  async pace(stop: AbortSignal): Promise<void> {
    while (this.#lagMs > ALLOWED_LAG_MS && !stop.aborted) await this.#evaluation.promise
  }

  async run(stop: AbortSignal): Promise<void> {
    await this.#run(stop)
    this.#hasEnded = true
    await this.#own
  }

  async #run(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted; ) {
      try {
        await this.#evaluateAll(stop)
        failures = 0
        this.#failing = undefined
        await wait(this.#tickMs, stop)
      } catch (error) {
        failures += 1
        this.#failing = { since: this.#failing?.since ?? this.#options.clock.monotonicMs(), error }
        this.#note(0) // whatever holds up evaluation holds up ingest by itself, or not at all
        this.#options.log.warn({ error, failures }, 'evaluation failed, marks stay')
        await wait(backoffMs(failures, this.#options.random()), stop)
      }
    }
    this.#note(0)
  }

  #note(lagMs: number): void {
    this.#lagMs = lagMs
    this.#evaluation.resolve()
    this.#evaluation = Promise.withResolvers()
  }

  /** In rounds, until nothing is left to do. */
  async #evaluateAll(stop: AbortSignal): Promise<void> {
    while (await this.#evaluateDue(stop)) if (stop.aborted) return
  }

  /** What this worker committed itself waits for no tick; a mark that is left when that fails is found by the next one. */
  #evaluateOwn(): void {
    if (this.#dirty.size === 0 || this.#own !== undefined || this.#isTakingDue || this.#hasEnded) return
    const entities = [...this.#dirty]
    this.#dirty.clear()
    this.#underWay = entities
    // the span of the batch that made them dirty stands in their marks, if they are to be followed
    this.#own = apartFromSpans(() => this.#evaluate('mark', () => this.#options.evaluator.evaluateMarked(entities)))
      .catch((error: unknown) => {
        this.#options.log.warn({ error }, 'evaluation failed, marks stay')
      })
      .then(() => {
        this.#underWay = []
        this.#own = undefined
        this.#evaluateOwn()
      })
  }

  /** Some of each kind, so that whatever there is too much of holds up nothing else. Whether there may be more. */
  async #evaluateDue(stop: AbortSignal): Promise<boolean> {
    const { evaluator, debounce, clock } = this.#options
    const due = await this.#evaluateDueMarks()
    this.#note(isFull(due) ? (due.ages[0] ?? 0) - debounce.maxWaitMs : 0)
    if (clock.monotonicMs() >= this.#nextSlowTickAt) await this.#tickSlowly(stop)
    if (!this.#changes) return isFull(due)
    const changed = await this.#evaluate('next-change', () =>
      evaluator.evaluateNextChanges(ENTITIES_PER_EVALUATION, this.#except()),
    )
    this.#changes = isFull(changed)
    return isFull(due) || this.#changes
  }

  /** A mark may be taken here before the batch that made it has told of it: what was made meanwhile waits, so that no row is computed twice. */
  async #evaluateDueMarks(): Promise<Evaluated> {
    const { evaluator, debounce, slice } = this.#options
    this.#isTakingDue = true
    try {
      return await this.#evaluate('mark', () =>
        evaluator.evaluateDue(debounce, ENTITIES_PER_EVALUATION, slice(), this.#except()),
      )
    } finally {
      this.#isTakingDue = false
      this.#evaluateOwn()
    }
  }

  async #tickSlowly(stop: AbortSignal): Promise<void> {
    const { evaluator, clock, metrics, slice } = this.#options
    this.#nextSlowTickAt = clock.monotonicMs() + SLOW_TICK_MS
    await evaluator.resolveReferences(stop, slice())
    this.#asOf = await evaluator.readAsOf()
    this.#changes = true
    metrics.marks.set((await evaluator.countMarks()).marks)
  }

  async #evaluate(cause: 'mark' | 'next-change', evaluate: () => Promise<Evaluated>): Promise<Evaluated> {
    const startedAt = this.#options.clock.monotonicMs()
    const evaluated = await evaluate()
    this.#observe(cause, evaluated, startedAt)
    return evaluated
  }

  #observe(cause: 'mark' | 'next-change', evaluated: Evaluated, startedAt: number): void {
    for (const failure of evaluated.failed) this.#leaveAlone(failure)
    if (evaluated.entities === 0) return
    const { metrics, clock, freshnessObjectiveMs, onEvaluated } = this.#options
    onEvaluated(evaluated.entities)
    const seconds = (clock.monotonicMs() - startedAt) / 1_000
    const now = clock.now()
    metrics.stageSeconds.observe({ stage: 'evaluate' }, seconds)
    metrics.evaluated.inc({ cause }, evaluated.entities)
    const isLate = (publishedAt: Instant) => now - publishedAt > freshnessObjectiveMs * MICROS_PER_MILLISECOND
    for (const publishedAt of evaluated.publishedAt)
      metrics.freshness.observe(Math.max(0, now - publishedAt) / MICROS_PER_SECOND)
    metrics.freshnessMissed.inc(evaluated.publishedAt.filter(isLate).length)
    for (const age of evaluated.ages) metrics.markAge.observe(age / 1_000)
  }

  #leaveAlone({ entity, error }: EvaluationFailure): void {
    const { log, clock } = this.#options
    log.error({ entity, error }, 'an entity cannot be computed from its facts, its row stays as it is')
    this.#leftAlone.set(entity, clock.monotonicMs() + LEFT_ALONE_MS)
  }

  /** Whom not to take: those that cannot be computed, and those that are about to be anyway. */
  #except(): readonly string[] {
    const now = this.#options.clock.monotonicMs()
    for (const [entity, until] of this.#leftAlone) if (until <= now) this.#leftAlone.delete(entity)
    return [...this.#leftAlone.keys(), ...this.#dirty, ...this.#underWay]
  }
}

/** As many as were asked for: there may be more. */
function isFull({ entities, failed }: Evaluated): boolean {
  return entities + failed.length >= ENTITIES_PER_EVALUATION
}
