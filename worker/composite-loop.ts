import { randomUUID } from 'node:crypto'
import { wait } from '../adapters/process/wait.ts'
import type { GateReply } from '../adapters/redis/composite-gate.ts'
import { describeError } from '../adapters/telemetry/create-logger.ts'
import { SeldomLog } from '../adapters/telemetry/seldom-log.ts'
import type { GateCount } from '../adapters/telemetry/worker-metrics.ts'
import { type GateRules, gateRules } from '../core/composite/gate-rules.ts'
import { TICK_MS, tickMs } from '../core/composite/margin.ts'
import { sparingEvents } from '../core/composite/spare-events.ts'
import type { CompositePlan } from './composite-plan.ts'
import { KnownComposites } from './known-composites.ts'
import { LateScopes } from './late-scopes.ts'
import { CompositeReplacer, type CompositeServices } from './replace-composite.ts'

export interface CompositeLoopOptions extends CompositeServices {
  /** Undefined where the pipeline wants none, for now. */
  readonly plan: CompositePlan | undefined
  readonly random: () => number
}

/**
 * Keeps the composites of a pipeline fresh, together with every other worker: each asks the gate of each scope once a tick, whatever happens,
 * hands over the events that it counted meanwhile, and replaces what it is granted. Nothing here is exact on its own: whoever is wrong is refused.
 */
export class CompositeLoop {
  readonly #options: CompositeLoopOptions
  #plan: CompositePlan | undefined
  /** All events that this worker ever counted, and how many of them each scope's gate has been told of. */
  #events = 0
  readonly #toldOf = new Map<string, number>()
  readonly #known = new KnownComposites()
  readonly #replacer: CompositeReplacer
  /** Each scope is asked for each second, and all are out of reach together. */
  readonly #unreachable: SeldomLog<string>
  readonly #late: LateScopes

  constructor(options: CompositeLoopOptions) {
    const { plan, metrics, log, clock } = options
    this.#options = options
    this.#plan = plan
    this.#replacer = new CompositeReplacer(options, this.#known)
    this.#unreachable = new SeldomLog(
      (reason, leftOut) => log.warn({ reason, leftOut }, "the composite's gate could not be asked"),
      () => clock.monotonicMs(),
    )
    this.#late = new LateScopes(log, clock)
    metrics.showComposites(() => this.#known.samples(this.#plan?.scopes ?? [], clock.monotonicMs()))
  }

  /** So many events took effect: facts, or rows where these are added up. Costs nothing: they are handed over with the next tick. */
  count(events: number): void {
    this.#events += events
  }

  /** In force from the next tick on. */
  adopt(plan: CompositePlan | undefined): void {
    this.#plan = plan
    this.#late.forget()
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const waitMs = await this.#tick(stop)
      await wait(Math.min(tickMs(this.#options.random()), waitMs), stop)
    }
  }

  /**
   * Leaves a result behind that holds whatever the fleet did, for when nobody is left to replace it: waits for the shortest interval. Nothing
   * is begun beyond `untilMs` by the monotonic clock; what was begun by then may take as long as a calculation may.
   */
  async finish(untilMs: number): Promise<void> {
    const plan = this.#plan
    if (plan === undefined) return
    const leftOut: string[] = []
    for (const scope of plan.scopes) if (!(await this.#finishScope(plan, scope, untilMs))) leftOut.push(scope)
    if (leftOut.length > 0)
      this.#options.log.warn({ scopes: leftOut }, 'the grace period is too short for a last composite')
  }

  /** For when others stay: tells the gates what this worker has counted since it asked last, and does what they grant. */
  async handOver(untilMs: number): Promise<void> {
    const plan = this.#plan
    if (plan === undefined) return
    for (const scope of plan.scopes)
      if (this.#untold(scope) > 0 && this.#options.clock.monotonicMs() <= untilMs) await this.#ask(plan, scope, false)
  }

  #untold(scope: string): number {
    return this.#events - (this.#toldOf.get(scope) ?? 0)
  }

  /** Whether there was time enough. */
  async #finishScope(plan: CompositePlan, scope: string, untilMs: number): Promise<boolean> {
    const { clock } = this.#options
    while (clock.monotonicMs() <= untilMs) {
      const waitMs = await this.#ask(plan, scope, true)
      if (waitMs === undefined) return true
      if (clock.monotonicMs() + waitMs > untilMs) return false
      await wait(waitMs, NEVER)
    }
    return false
  }

  /** Asks for every scope. Gives how long to wait at most before the next time. */
  async #tick(stop: AbortSignal): Promise<number> {
    const plan = this.#plan
    if (plan === undefined) return TICK_MS
    let waitMs = TICK_MS
    for (const scope of plan.scopes) {
      if (stop.aborted) break
      waitMs = Math.min(waitMs, (await this.#ask(plan, scope, false)) ?? TICK_MS)
    }
    return waitMs
  }

  /** Asks the gate, and does what it grants. Gives how long until it is worth while to ask again; undefined once a result is committed. */
  async #ask(plan: CompositePlan, scope: string, isLast: boolean): Promise<number | undefined> {
    const { clock } = this.#options
    const askedAt = clock.monotonicMs()
    const token = randomUUID()
    let reply: GateReply
    try {
      reply = await this.#begin(plan, scope, token, isLast)
    } catch (error) {
      this.#count('unreachable')
      this.#late.forget()
      this.#unreachable.write(`${scope}: ${describeError(error).message}`)
      return TICK_MS
    }
    this.#learn(scope, reply)
    const { outcome } = reply
    if (outcome.kind === 'uninitialised') return TICK_MS
    this.#count(outcome.kind)
    const { settings } = plan.rules.wanted
    if (outcome.kind !== 'granted') {
      this.#late.left(scope, reply.ageMs, settings)
      return outcome.waitMs ?? TICK_MS
    }
    const waitMs = await this.#replacer.replace(plan, { scope, token, fence: outcome.fence, askedAt })
    if (waitMs !== undefined) this.#late.forget()
    else this.#late.replaced(scope, (reply.ageMs ?? 0) + clock.monotonicMs() - askedAt, settings)
    return waitMs
  }

  /** A gate that knows nothing goes on from the fence that PostgreSQL has seen. */
  async #begin(plan: CompositePlan, scope: string, token: string, isLast: boolean): Promise<GateReply> {
    const { gate, log } = this.#options
    const counted = this.#events
    const ask = { token, events: this.#untold(scope), isLast }
    const rules = this.#rulesFor(plan, isLast)
    let reply = await gate.begin(scope, ask, rules)
    if (reply.outcome.kind === 'uninitialised') {
      const stands = await this.#replacer.look(plan, scope)
      this.#count('seeded')
      log.info({ scope, seenFence: stands.fence }, "the composite's gate is given the fence that the database has seen")
      this.#learn(scope, stands)
      reply = await gate.begin(scope, { ...ask, seed: stands.fence }, rules)
    }
    this.#toldOf.set(scope, counted)
    return reply
  }

  /** The last one waits for no longer than it must. */
  #rulesFor({ rules, scopes }: CompositePlan, isLast: boolean): GateRules {
    const { settings } = rules.wanted
    return gateRules(isLast ? settings : sparingEvents(settings, this.#known.tookMs(scopes)))
  }

  #learn(scope: string, { ageMs, value }: Pick<GateReply, 'ageMs' | 'value'>): void {
    if (ageMs === undefined || value === undefined) return
    this.#known.learn(scope, value, this.#options.clock.monotonicMs() - ageMs)
  }

  #count(outcome: GateCount): void {
    this.#options.metrics.compositeGate.inc({ outcome })
  }
}

const NEVER = new AbortController().signal
