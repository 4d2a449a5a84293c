import { expect } from 'vitest'
import type { Evaluator } from '../../../adapters/postgres/evaluator.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { formatInstant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { factCreator } from '../../support/create-fact.ts'
import { type AfterEach, interleave, type Pick } from '../../support/interleave.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { SteppedSession } from '../../support/stepped-session.ts'
import { columnsOf, storedRows } from '../../support/stored-rows.ts'

const PIPELINE = ratedOrdersPipeline()

const create = factCreator(PIPELINE.metricSet)

const YESTERDAY = formatInstant(Date.now() * 1_000 - MICROS_PER_DAY)

/** `version` is small: it is the instant of publication, in microseconds since 1970. */
export const order = (id: string, shop: string, version = 1, cents = 100): Fact =>
  create('order', id, { shop, placedAt: YESTERDAY, cents }, version)

export const rating = (id: string, orderId: string, version = 1, stars = 5): Fact =>
  create('rating', id, { orderId, stars }, version)

export const deleted = (type: string, id: string, version: number): Fact => create(type, id, undefined, version)

/** A piece of a worker's work, begun in a session of its own. */
export type Work = (session: SteppedSession) => Promise<unknown>

/** Shops whose orders are rated, and sessions on them that a test leads statement by statement. */
export class RatedOrdersInSteps implements AsyncDisposable {
  readonly database: PipelineDatabase
  readonly #sessions = new Map<string, SteppedSession>()
  #order: readonly string[] = []

  private constructor(database: PipelineDatabase) {
    this.database = database
  }

  static async open(): Promise<RatedOrdersInSteps> {
    return new RatedOrdersInSteps(await PipelineDatabase.open(PIPELINE))
  }

  session(name: string): SteppedSession {
    const { url, pool } = this.database
    const session = this.#sessions.get(name) ?? new SteppedSession(url, name, pool)
    this.#sessions.set(name, session)
    return session
  }

  /** The work of committing a batch. */
  committing(...facts: readonly Fact[]): Work {
    return (session) => session.start((pool) => this.database.commit(facts, this.database.storeOn(pool)))
  }

  /** The work of evaluating: whatever is marked, or what else is asked of the evaluator. */
  evaluating(evaluate: (evaluator: Evaluator) => Promise<unknown> = evaluateMarked): Work {
    return (session) => session.start((pool) => evaluate(this.database.evaluatorOn(pool)))
  }

  /** Begins with some facts, evaluated. */
  async startFrom(facts: readonly Fact[]): Promise<void> {
    await this.#endWork()
    await this.database.empty()
    if (facts.length > 0) await this.database.commit(facts)
    await this.database.catchUp()
  }

  /** Works side by side in named sessions, one statement at a time, the next one as picked. A row that is wrong afterwards is reported with the order. */
  async sideBySide(works: Readonly<Record<string, Work>>, pick: Pick, afterEach?: AfterEach): Promise<void> {
    const sessions = new Map(Object.keys(works).map((name) => [name, this.session(name)]))
    const outcomes = [...sessions].map(([name, session]) => (works[name] as Work)(session))
    this.#order = await interleave(sessions, pick, afterEach)
    await Promise.all(outcomes)
  }

  /** The same, and after every commit rows catch up with what is marked by then, so that nobody's mark can stand in for another's. */
  async sideBySideEvaluated(works: Readonly<Record<string, Work>>, pick: Pick): Promise<void> {
    const session = this.session('catching up')
    const eager = new EagerWork(
      session,
      this.evaluating((evaluator) => this.database.catchUp(evaluator)),
    )
    await this.sideBySide(works, pick, (statement) => eager.goOn(statement === 'commit'))
    await eager.goOn(true)
  }

  /** Once nothing is marked any more, every row is what core makes of these facts: no mark was lost, and no number. */
  async expectRowsOf(facts: readonly Fact[]): Promise<void> {
    const { database } = this
    const { metricSet } = database.pipeline
    await database.catchUp()
    const live = liveFacts(metricSet, facts)
    for (const { entity, asOf, computed } of await storedRows(database.pool, metricSet)) {
      const row = evaluateEntity(metricSet, live.get(entity) ?? [], asOf)
      expect({ entity, ...computed }, this.#order.join('\n')).toEqual({ entity, ...columnsOf(metricSet, row) })
      live.delete(entity)
    }
    expect([...live].filter(([, own]) => own.length > 0)).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endWork()
    for (const session of this.#sessions.values()) await session[Symbol.asyncDispose]()
    await this.database[Symbol.asyncDispose]()
  }

  /** What a failed test left half done. */
  async #endWork(): Promise<void> {
    await interleave(this.#sessions, () => 0)
  }
}

/** Work that is done again and again, and goes on whenever no lock keeps it waiting. */
class EagerWork {
  readonly #session: SteppedSession
  readonly #work: Work
  #isWanted = false

  constructor(session: SteppedSession, work: Work) {
    this.#session = session
    this.#work = work
  }

  async goOn(isWantedAgain: boolean): Promise<void> {
    this.#isWanted ||= isWantedAgain
    while ((await this.#session.progress()) === 'done') {
      if ((await this.#session.next()) === undefined) {
        if (!this.#isWanted) return
        this.#isWanted = false
        this.#work(this.#session).catch(() => undefined)
      }
      await this.#session.step()
    }
  }
}

function evaluateMarked(evaluator: Evaluator): Promise<unknown> {
  return evaluator.evaluateDue({ quietMs: 0, maxWaitMs: 0 }, 100)
}
