import type {
  CompositeBounds,
  CompositeLook,
  CompositeStore,
  NotedRules,
} from '../adapters/postgres/composite-store.ts'
import type { CompositeGate } from '../adapters/redis/composite-gate.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { CompositeResult } from '../core/composite/composite-result.ts'
import type { CompositeRules } from '../core/composite/composite-rules.ts'
import type { AbortCause } from '../core/composite/gate.ts'
import { CALCULATION_BUDGET_MS, COMPOSITE_LEASE_MS, TICK_MS } from '../core/composite/margin.ts'
import { sparingMs } from '../core/composite/spare-events.ts'
import type { Clock } from '../core/time/clock.ts'
import { formatInstant, type Instant } from '../core/time/instant.ts'
import type { CompositePlan } from './composite-plan.ts'
import type { KnownComposites } from './known-composites.ts'

/** What is granted to this worker. `askedAt`, by the monotonic clock, is when it asked: the lease began no earlier. */
export interface Grant {
  readonly scope: string
  readonly token: string
  readonly fence: number
  readonly askedAt: number
}

export interface CompositeServices {
  readonly gate: CompositeGate
  readonly store: CompositeStore
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly clock: Clock
}

/**
 * Does what a gate has granted: calculates, stores the result in PostgreSQL if that agrees, and tells the gate. Who is too late, too early or
 * overtaken is refused.
 */
export class CompositeReplacer {
  readonly #services: CompositeServices
  readonly #known: KnownComposites
  /** The rules that this worker calculates by, once the database has noted them. */
  #noted: { readonly of: CompositeRules; readonly as: NotedRules } | undefined
  /** The plan of which this worker has said that others give its scores by newer rules. */
  #superseded: CompositePlan | undefined
  /** The plan beside whose scopes nothing is left. */
  #tidy: CompositePlan | undefined

  constructor(services: CompositeServices, known: KnownComposites) {
    this.#services = services
    this.#known = known
  }

  async look(plan: CompositePlan, scope: string): Promise<CompositeLook> {
    return await this.#services.store.look(scope, await this.#bounds(plan))
  }

  /** Gives how long until it is worth while to ask the gate again; undefined once a result is committed, or is not this worker's to give. */
  async replace(plan: CompositePlan, grant: Grant): Promise<number | undefined> {
    const { clock, log } = this.#services
    const { scope, fence } = grant
    const beganAt = clock.monotonicMs()
    try {
      const attributes = { 'mp.scope': scope, 'mp.fence': fence }
      return await inSpan('composite', { attributes }, () => this.#replace(plan, grant))
    } catch (error) {
      this.#count('failed')
      this.#known.noteFailed(scope, clock.monotonicMs() - beganAt)
      log.warn({ error, scope, fence }, 'the composite could not be calculated, the former one stands')
      await this.#giveBack(grant, this.#failed(plan))
      return TICK_MS
    }
  }

  /** Looks, calculates, stores, and tells the gate, in this order. */
  async #replace(plan: CompositePlan, grant: Grant): Promise<number | undefined> {
    const { store, clock, metrics, log } = this.#services
    const { scope, fence } = grant
    const bounds = await this.#bounds(plan)
    const beganAt = clock.monotonicMs()
    const look = await store.look(scope, bounds)
    if (look.isSuperseded) return await this.#supersededIn(plan, grant, look)
    if (look.fence >= fence || look.waitMs > 0) return await this.#refused(grant, look)
    const result = await plan.calculate(scope, look.asOf, this.#rest(grant, CALCULATION_BUDGET_MS))
    const tookMs = clock.monotonicMs() - beganAt
    this.#known.noteTook(scope, tookMs)
    metrics.compositeSeconds.observe(tookMs / 1_000)
    if (this.#rest(grant, COMPOSITE_LEASE_MS) === 0) return await this.#lost(plan, grant)
    const stored = await store.store({ scope, fence, asOf: look.asOf, result }, bounds)
    if (stored.kind === 'refused')
      return stored.isSuperseded ? await this.#supersededIn(plan, grant, stored) : await this.#refused(grant, stored)
    this.#count('committed')
    this.#known.learn(scope, result.value, beganAt)
    log.debug({ scope, fence, value: result.value ?? undefined }, 'a composite is committed')
    await this.#tell(grant, result, look.asOf)
    await this.#tidyUp(plan, bounds)
    return undefined
  }

  /** What of a duration that began with the question is left; at least a millisecond is what a statement can be given. */
  #rest({ askedAt }: Grant, durationMs: number): number {
    return Math.max(0, Math.ceil(askedAt + durationMs - this.#services.clock.monotonicMs()))
  }

  /** The result stands already: a gate that does not hear of it has the next one calculated, and that one refused. */
  async #tell({ scope, token, fence }: Grant, { value }: CompositeResult, asOf: Instant): Promise<void> {
    const { gate, log } = this.#services
    try {
      const isNoted = await gate.commit(scope, { token, fence }, { value, asOf: formatInstant(asOf) })
      if (!isNoted) log.info({ scope, fence }, "the composite's gate was another's by the time of the commit")
    } catch (error) {
      log.warn({ error, scope, fence }, "the composite's gate could not be told of a result")
    }
  }

  async #tidyUp(plan: CompositePlan, { rules }: CompositeBounds): Promise<void> {
    if (this.#tidy === plan) return
    const { store } = this.#services
    try {
      await store.forgetRules()
      if (await store.forgetOthers(plan.scopes, rules)) this.#tidy = plan
    } catch {
      return // it is done with the next result
    }
  }

  /** Noted once for all that is calculated by them, before the first of it. */
  async #bounds({ rules }: CompositePlan): Promise<CompositeBounds> {
    if (this.#noted?.of !== rules)
      this.#noted = { of: rules, as: await this.#services.store.register(rules, this.#noted?.as) }
    const { settings, historyLimit } = rules.wanted
    return { minIntervalMs: settings.minIntervalMs, historyLimit, rules: this.#noted.as }
  }

  /** Workers with newer rules see to it: this one has nothing to do, and is asked again in case they go. */
  async #supersededIn(plan: CompositePlan, grant: Grant, { fence }: CompositeLook): Promise<undefined> {
    this.#count('refused')
    if (this.#superseded !== plan)
      this.#services.log.info({ scope: grant.scope }, 'workers with newer rules calculate the composite')
    this.#superseded = plan
    await this.#giveBack(grant, { kind: 'refused', waitMs: 0, fence })
  }

  /** Somebody was quicker, or the gate has forgotten something. */
  async #refused(grant: Grant, { fence, waitMs }: CompositeLook): Promise<number> {
    this.#count('refused')
    this.#services.log.info(
      { scope: grant.scope, fence: grant.fence, seenFence: fence, retryInMs: waitMs },
      'the database keeps the composite that it has',
    )
    await this.#giveBack(grant, { kind: 'refused', waitMs, fence })
    return waitMs
  }

  /** It took so long that the gate may have let somebody else in: what came of it is stale, and dropped. */
  async #lost(plan: CompositePlan, grant: Grant): Promise<number> {
    this.#count('lost')
    this.#services.log.warn(
      { scope: grant.scope, fence: grant.fence },
      'a composite took longer than its lease, it is dropped',
    )
    await this.#giveBack(grant, this.#failed(plan))
    return TICK_MS
  }

  /** It took as long as it did: events ask for no more of a core than if it had come to something. */
  #failed({ rules, scopes }: CompositePlan): AbortCause {
    return { kind: 'failed', spareMs: sparingMs(rules.wanted.settings, this.#known.tookMs(scopes)) }
  }

  async #giveBack({ scope, token }: Grant, cause: AbortCause): Promise<void> {
    await this.#services.gate.abort(scope, token, cause).catch(() => undefined) // its lease runs out
  }

  #count(outcome: 'committed' | 'refused' | 'lost' | 'failed'): void {
    this.#services.metrics.compositeGate.inc({ outcome })
  }
}
