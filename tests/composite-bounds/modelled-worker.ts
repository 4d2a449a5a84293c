import { CALCULATION_BUDGET_MS, COMPOSITE_LEASE_MS, TICK_MS, tickMs } from '../../core/composite/margin.ts'
import type { Random } from '../simulation/world/random.ts'
import type { ModelledPostgres, ModelledRedis } from './modelled-servers.ts'
import { AwayError } from './modelled-servers.ts'
import type { Steps, Timeline } from './timeline.ts'

/** What workers of a run have in common. */
export interface Surroundings {
  readonly timeline: Timeline
  readonly random: Random
  readonly redis: ModelledRedis
  readonly postgres: ModelledPostgres
  /** Events that this worker counted since it was asked last. */
  readonly eventsSince: (ms: number) => number
  /** How long the next calculation takes; undefined: it fails. */
  readonly calculationMs: () => number | undefined
  readonly count: (outcome: 'granted' | 'committed' | 'refused' | 'lost' | 'failed') => void
}

/** A worker whose client waits so long for an answer that does not come. */
const PATIENCE_MS = 1_000

/** `worker/composite-loop.ts` and `worker/replace-composite.ts`, step by step in counted time. */
export class ModelledWorker {
  readonly name: string
  readonly #in: Surroundings
  #pausedUntil = 0
  /** For how long its monotonic clock stood still with it, as that of a machine does that sleeps. */
  #stoodStillMs = 0
  #isDead = false
  #toldAt: number
  #attempts = 0

  constructor(name: string, surroundings: Surroundings) {
    this.name = name
    this.#in = surroundings
    this.#toldAt = this.#monotonicMs()
    this.#go(this.#run())
  }

  get isDead(): boolean {
    return this.#isDead
  }

  kill(): void {
    this.#isDead = true
  }

  pause(ms: number): void {
    this.#pausedUntil = this.#in.timeline.now + ms
    if (this.#in.random.chance(500)) this.#stoodStillMs += ms
  }

  /** Whose attempt a token is. */
  owns(token: string | undefined): boolean {
    return token?.startsWith(`${this.name}/`) === true
  }

  #go(steps: Steps): void {
    const { timeline } = this.#in
    const step = () => {
      if (this.#isDead) return
      if (timeline.now < this.#pausedUntil) return timeline.at(this.#pausedUntil, step)
      const { done, value } = steps.next()
      if (done !== true) timeline.at(timeline.now + value, step)
    }
    timeline.at(timeline.now, step)
  }

  *#run(): Steps {
    for (;;) {
      const waitMs = yield* this.#ask()
      yield Math.min(tickMs(this.#in.random.fraction()), waitMs)
    }
  }

  *#ask(): Steps<number> {
    const { redis, postgres, eventsSince, count } = this.#in
    const askedAt = this.#monotonicMs()
    const token = `${this.name}/${(this.#attempts += 1)}`
    try {
      const ask = { token, events: eventsSince(askedAt - this.#toldAt), isLast: false }
      let { outcome } = yield* this.#call(() => redis.begin(ask))
      if (outcome.kind === 'uninitialised') {
        const { fence } = yield* this.#call(() => postgres.look())
        outcome = (yield* this.#call(() => redis.begin({ ...ask, seed: fence }))).outcome
      }
      this.#toldAt = askedAt
      if (outcome.kind === 'uninitialised') return TICK_MS
      if (outcome.kind !== 'granted') return outcome.waitMs ?? TICK_MS
      count('granted')
      return yield* this.#calculate(token, outcome.fence, askedAt)
    } catch (error) {
      if (!(error instanceof AwayError)) throw error
      return TICK_MS
    }
  }

  *#calculate(token: string, fence: number, askedAt: number): Steps<number> {
    const { postgres, calculationMs, count } = this.#in
    try {
      const look = yield* this.#call(() => postgres.look())
      if (look.fence >= fence || look.waitMs > 0) return yield* this.#refused(token, look)
      const lasts = calculationMs()
      const restMs = Math.max(0, askedAt + CALCULATION_BUDGET_MS - this.#monotonicMs())
      yield Math.min(lasts ?? 1, restMs)
      if (lasts === undefined || lasts > restMs) throw new AwayError('the calculation failed')
      if (this.#monotonicMs() >= askedAt + COMPOSITE_LEASE_MS) {
        count('lost')
        yield* this.#giveBack(token, { kind: 'failed', spareMs: 0 })
        return TICK_MS
      }
      const isStored = yield* this.#call(() => postgres.store(fence, look.asOf))
      if (!isStored) return yield* this.#refused(token, yield* this.#call(() => postgres.look()))
    } catch (error) {
      if (!(error instanceof AwayError)) throw error
      count('failed')
      yield* this.#giveBack(token, { kind: 'failed', spareMs: 0 })
      return TICK_MS
    }
    count('committed')
    yield* this.#call(() => this.#in.redis.commit(token, fence))
    return TICK_MS
  }

  *#refused(token: string, { fence, waitMs }: { fence: number; waitMs: number }): Steps<number> {
    this.#in.count('refused')
    yield* this.#giveBack(token, { kind: 'refused', waitMs, fence })
    return waitMs
  }

  *#giveBack(token: string, cause: Parameters<ModelledRedis['abort']>[1]): Steps {
    try {
      yield* this.#call(() => this.#in.redis.abort(token, cause))
    } catch (error) {
      if (!(error instanceof AwayError)) throw error
    }
  }

  /** There, and back. Who gets no answer waits for it in vain for a while. */
  *#call<T>(serve: () => T): Steps<T> {
    const { random } = this.#in
    yield this.#wayMs()
    let reply: T
    try {
      reply = serve()
    } catch (error) {
      yield random.between(0, PATIENCE_MS)
      throw error
    }
    yield this.#wayMs()
    return reply
  }

  #monotonicMs(): number {
    return this.#in.timeline.now - this.#stoodStillMs
  }

  #wayMs(): number {
    return this.#in.random.chance(20) ? this.#in.random.between(5, 40) : this.#in.random.fraction() * 2
  }
}
