import { randomUUID } from 'node:crypto'
import type {
  CompositeBounds,
  CompositeLook,
  CompositeStore,
  NotedRules,
} from '../adapters/postgres/composite-store.ts'
import { wait } from '../adapters/process/wait.ts'
import type { CompositeGate, GateReply } from '../adapters/redis/composite-gate.ts'
import { describeError, type Logger } from '../adapters/telemetry/create-logger.ts'
import { SeldomLog } from '../adapters/telemetry/seldom-log.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import type { CompositeSample, GateCount, WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { CompositeResult } from '../core/composite/composite-result.ts'
import type { CompositeRules } from '../core/composite/composite-rules.ts'
import type { CompositeSettings } from '../core/composite/composite-settings.ts'
import type { AbortCause } from '../core/composite/gate.ts'
import { type GateRules, gateRules } from '../core/composite/gate-rules.ts'
import { CALCULATION_BUDGET_MS, COMPOSITE_LEASE_MS, TICK_MS, tickMs } from '../core/composite/margin.ts'
import { sparingEvents } from '../core/composite/spare-events.ts'
import type { Clock } from '../core/time/clock.ts'
import { formatInstant, type Instant } from '../core/time/instant.ts'

/** What a pipeline wants of its composite. Replaced as a whole when that changes. */
export interface CompositePlan {
  readonly rules: CompositeRules
  readonly calculator: ScopeCalculator
}

export interface ScopeCalculator {
  scopes(): Promise<readonly string[]>
  /** Fails when it takes longer than `withinMs`. */
  calculate(scope: string, asOf: Instant, withinMs: number): Promise<CompositeResult>
}

export interface CompositeLoopOptions {
  readonly gate: CompositeGate
  readonly store: CompositeStore
  /** Undefined where the pipeline wants none, for now. */
  readonly plan: CompositePlan | undefined
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
  readonly random: () => number
}

/** What is granted to this worker. `askedAt`, by the monotonic clock, is when it asked: the lease began no earlier. */
interface Grant {
  readonly scope: string
  readonly token: string
  readonly fence: number
  readonly askedAt: number
}

interface Known {
  readonly value: string | null
  /** When its calculation began, by the monotonic clock. */
  readonly asOfMs: number
}

/** How long the scopes that were found are taken for all there are. */
const SCOPES_LAST_MS = 60_000

/**
 * Keeps the composites of a pipeline fresh, together with every other worker: each asks the gate of each scope once a tick, whatever happens,
 * and hands over the events that it counted meanwhile. Whom the gate lets in calculates, stores the result in PostgreSQL if that agrees, and
 * tells the gate. Nothing here is exact on its own: who is too late, too early or overtaken is refused.
 */
export class CompositeLoop {
  readonly #options: CompositeLoopOptions
  #plan: CompositePlan | undefined
  /** All events that this worker ever counted, and how many of them each scope's gate has been told of. */
  #events = 0
  readonly #toldOf = new Map<string, number>()
  readonly #known = new Map<string, Known>()
  /** How long the last calculation of each scope took that this worker did. */
  readonly #tookMs = new Map<string, number>()
  #scopes: readonly string[] = []
  #scopesFrom = Number.NEGATIVE_INFINITY
  /** The rules that this worker calculates by, once the database has noted them. */
  #noted: { readonly of: CompositeRules; readonly as: NotedRules } | undefined
  #isSuperseded = false
  /** Nothing is left of scopes that these rules do not have. */
  #isTidy = false
  /** Each scope is asked for each second, and all are out of reach together. */
  readonly #unreachable: SeldomLog

  constructor(options: CompositeLoopOptions) {
    this.#options = options
    this.#plan = options.plan
    this.#unreachable = new SeldomLog(
      (reason, leftOut) => options.log.warn({ reason, leftOut }, "the composite's gate could not be asked"),
      () => options.clock.monotonicMs(),
    )
    options.metrics.showComposites(() => this.#samples())
  }

  /** So many events took effect: facts, or rows where these are added up. Costs nothing: they are handed over with the next tick. */
  count(events: number): void {
    this.#events += events
  }

  /** In force from the next tick on. */
  adopt(plan: CompositePlan | undefined): void {
    this.#plan = plan
    this.#scopesFrom = Number.NEGATIVE_INFINITY
    this.#isSuperseded = false
    this.#isTidy = false
    if (plan === undefined) this.#known.clear()
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
    for (const scope of await this.#scopesOf(plan))
      if (!(await this.#finishScope(plan, scope, untilMs))) leftOut.push(scope)
    if (leftOut.length > 0)
      this.#options.log.warn({ scopes: leftOut }, 'the grace period is too short for a last composite')
  }

  /** For when others stay: tells the gates what this worker has counted since it asked last, and does what they grant. */
  async handOver(untilMs: number): Promise<void> {
    const plan = this.#plan
    if (plan === undefined) return
    for (const scope of await this.#scopesOf(plan))
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
    for (const scope of await this.#scopesOf(plan)) {
      if (stop.aborted) break
      waitMs = Math.min(waitMs, (await this.#ask(plan, scope, false)) ?? TICK_MS)
    }
    return waitMs
  }

  async #scopesOf({ calculator }: CompositePlan): Promise<readonly string[]> {
    const { clock, log } = this.#options
    if (clock.monotonicMs() < this.#scopesFrom + SCOPES_LAST_MS) return this.#scopes
    try {
      this.#scopes = await calculator.scopes()
      this.#scopesFrom = clock.monotonicMs()
      for (const perScope of [this.#known, this.#tookMs])
        for (const scope of perScope.keys()) if (!this.#scopes.includes(scope)) perScope.delete(scope)
    } catch (error) {
      log.warn({ error }, 'the scopes of the composite could not be read')
    }
    return this.#scopes
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
      this.#unreachable.write(`${scope}: ${describeError(error).message}`)
      return TICK_MS
    }
    this.#learn(scope, reply)
    const { outcome } = reply
    if (outcome.kind === 'uninitialised') return TICK_MS
    this.#count(outcome.kind)
    if (outcome.kind === 'granted') return await this.#calculate(plan, { scope, token, fence: outcome.fence, askedAt })
    return outcome.waitMs ?? TICK_MS
  }

  /** A gate that knows nothing goes on from the fence that PostgreSQL has seen. */
  async #begin(plan: CompositePlan, scope: string, token: string, isLast: boolean): Promise<GateReply> {
    const { gate, store, log } = this.#options
    const { settings } = plan.rules.wanted
    const counted = this.#events
    const ask = { token, events: this.#untold(scope), isLast }
    const rules = this.#rulesFor(settings, isLast)
    let reply = await gate.begin(scope, ask, rules)
    if (reply.outcome.kind === 'uninitialised') {
      const stands = await store.look(scope, await this.#bounds(plan))
      this.#count('seeded')
      log.info({ scope, seenFence: stands.fence }, "the composite's gate is given the fence that the database has seen")
      if (stands.ageMs !== undefined) this.#know(scope, stands.value, stands.ageMs)
      reply = await gate.begin(scope, { ...ask, seed: stands.fence }, rules)
    }
    this.#toldOf.set(scope, counted)
    return reply
  }

  /** The last one waits for no longer than it must. */
  #rulesFor(settings: CompositeSettings, isLast: boolean): GateRules {
    const tookMs = [...this.#tookMs.values()].reduce((sum, each) => sum + each, 0)
    return gateRules(isLast ? settings : sparingEvents(settings, tookMs))
  }

  async #calculate(plan: CompositePlan, grant: Grant): Promise<number | undefined> {
    const { scope, fence } = grant
    try {
      const attributes = { 'mp.scope': scope, 'mp.fence': fence }
      return await inSpan('composite', { attributes }, () => this.#replace(plan, grant))
    } catch (error) {
      this.#count('failed')
      this.#options.log.warn({ error, scope, fence }, 'the composite could not be calculated, the former one stands')
      await this.#giveBack(grant, { kind: 'failed' })
      return TICK_MS
    }
  }

  /** Looks, calculates, stores, and tells the gate, in this order. */
  async #replace(plan: CompositePlan, grant: Grant): Promise<number | undefined> {
    const { store, clock, metrics, log } = this.#options
    const { scope, fence } = grant
    const bounds = await this.#bounds(plan)
    const beganAt = clock.monotonicMs()
    const look = await store.look(scope, bounds)
    if (look.isSuperseded) return await this.#superseded(grant, look)
    if (look.fence >= fence || look.waitMs > 0) return await this.#refused(grant, look)
    const result = await plan.calculator.calculate(scope, look.asOf, this.#rest(grant, CALCULATION_BUDGET_MS))
    const tookMs = clock.monotonicMs() - beganAt
    this.#tookMs.set(scope, tookMs)
    metrics.compositeSeconds.observe(tookMs / 1_000)
    if (this.#rest(grant, COMPOSITE_LEASE_MS) === 0) return await this.#lost(grant)
    const stored = await store.store({ scope, fence, asOf: look.asOf, result }, bounds)
    if (stored.kind === 'refused')
      return stored.isSuperseded ? await this.#superseded(grant, stored) : await this.#refused(grant, stored)
    this.#count('committed')
    this.#known.set(scope, { value: result.value, asOfMs: beganAt })
    log.debug({ scope, fence, value: result.value ?? undefined }, 'a composite is committed')
    await this.#tell(grant, result, look.asOf)
    if (!this.#isTidy) this.#isTidy = await store.forgetOthers(this.#scopes, bounds.rules).catch(() => false)
    return undefined
  }

  /** What of a duration that began with the question is left; at least a millisecond is what a statement can be given. */
  #rest({ askedAt }: Grant, durationMs: number): number {
    return Math.max(0, Math.ceil(askedAt + durationMs - this.#options.clock.monotonicMs()))
  }

  /** The result stands already: a gate that does not hear of it has the next one calculated, and that one refused. */
  async #tell({ scope, token, fence }: Grant, { value }: CompositeResult, asOf: Instant): Promise<void> {
    const { gate, log } = this.#options
    try {
      const isNoted = await gate.commit(scope, { token, fence }, { value, asOf: formatInstant(asOf) })
      if (!isNoted) log.info({ scope, fence }, "the composite's gate was another's by the time of the commit")
    } catch (error) {
      log.warn({ error, scope, fence }, "the composite's gate could not be told of a result")
    }
  }

  /** Noted once for all that is calculated by them, before the first of it. */
  async #bounds({ rules }: CompositePlan): Promise<CompositeBounds> {
    if (this.#noted?.of !== rules)
      this.#noted = { of: rules, as: await this.#options.store.register(rules, this.#noted?.as) }
    const { settings, historyLimit } = rules.wanted
    return { minIntervalMs: settings.minIntervalMs, historyLimit, rules: this.#noted.as }
  }

  /** Workers with newer rules see to it: this one has nothing to do, and is asked again in case they go. */
  async #superseded(grant: Grant, { fence }: CompositeLook): Promise<undefined> {
    this.#count('refused')
    if (!this.#isSuperseded)
      this.#options.log.info({ scope: grant.scope }, 'workers with newer rules calculate the composite')
    this.#isSuperseded = true
    await this.#giveBack(grant, { kind: 'refused', waitMs: 0, fence })
  }

  /** Somebody was quicker, or the gate has forgotten something. */
  async #refused(grant: Grant, { fence, waitMs }: CompositeLook): Promise<number> {
    this.#count('refused')
    this.#options.log.info(
      { scope: grant.scope, fence: grant.fence, seenFence: fence, retryInMs: waitMs },
      'the database keeps the composite that it has',
    )
    await this.#giveBack(grant, { kind: 'refused', waitMs, fence })
    return waitMs
  }

  /** It took so long that the gate may have let somebody else in: what came of it is stale, and dropped. */
  async #lost(grant: Grant): Promise<number> {
    this.#count('lost')
    this.#options.log.warn(
      { scope: grant.scope, fence: grant.fence },
      'a composite took longer than its lease, it is dropped',
    )
    await this.#giveBack(grant, { kind: 'failed' })
    return TICK_MS
  }

  async #giveBack({ scope, token }: Grant, cause: AbortCause): Promise<void> {
    await this.#options.gate.abort(scope, token, cause).catch(() => undefined) // its lease runs out
  }

  #learn(scope: string, { ageMs, value }: GateReply): void {
    if (ageMs !== undefined && value !== undefined) this.#know(scope, value, ageMs)
  }

  #know(scope: string, value: string | null, ageMs: number): void {
    this.#known.set(scope, { value, asOfMs: this.#options.clock.monotonicMs() - ageMs })
  }

  *#samples(): Iterable<CompositeSample> {
    const now = this.#options.clock.monotonicMs()
    for (const [scope, { value, asOfMs }] of this.#known) yield { scope, value, ageMs: now - asOfMs }
  }

  #count(outcome: GateCount): void {
    this.#options.metrics.compositeGate.inc({ outcome })
  }
}

const NEVER = new AbortController().signal
