import { type Slice, WHOLE } from '../../../adapters/postgres/member-store.ts'
import { backoffMs } from '../../../core/time/backoff.ts'
import type { Instant } from '../../../core/time/instant.ts'
import {
  drawEvaluation,
  evaluate,
  resolveReferences,
  type Taken,
  takeDueMarks,
  takeMarksOf,
  takeNextChanges,
} from '../servers/evaluation-statements.ts'
import { beat } from '../servers/fleet-statements.ts'
import type { Session, Statement } from '../servers/session.ts'
import { Trouble, unlessTrouble } from '../servers/trouble.ts'
import type { Fiber, Routine } from '../world/fiber.ts'
import { until, wait } from '../world/pause.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

const SLOW_TICK_MS = 1_000

/** The longest of the real loop, whatever the debounce: steps are better spent elsewhere. */
const TICK_MS = 250

/** What `EvaluationLoop` and `Evaluator` do, statement by statement, with the heartbeat among them. */
export class SimulatedEvaluation {
  /** The pipeline's as-of as last read, where it follows the data. */
  asOf: Instant | undefined
  readonly #worker: SimulatedWorker
  #nextSlowTickAt = 0
  #slice: Slice = WHOLE
  readonly #dirty = new Set<string>()
  #own: Fiber | undefined
  #hasEnded = false

  constructor(worker: SimulatedWorker) {
    this.#worker = worker
  }

  wake(entities: readonly string[]): void {
    if (this.#worker.plan.debounce.quietMs > 0 || this.#hasEnded) return
    for (const entity of entities) this.#dirty.add(entity)
    this.#own ??= this.#worker.spawn(this.#evaluateOwn())
  }

  *run(): Routine {
    yield* this.#tick()
    this.#hasEnded = true
    if (this.#own !== undefined) yield* until(this.#own.over)
  }

  *#tick(): Routine {
    const { stopping, world } = this.#worker
    for (let failures = 0; !stopping.isAborted; ) {
      try {
        yield* this.#evaluateAll()
        failures = 0
        yield* wait(TICK_MS, stopping)
      } catch (error) {
        if (!(error instanceof Trouble)) throw error
        failures += 1
        yield* wait(backoffMs(failures, world.random.fraction()), stopping)
      }
    }
  }

  /** Beside the ticks, which here may take the same entities meanwhile: the numbers of evaluations have to see to that. */
  *#evaluateOwn(): Routine {
    const { database } = this.#worker.servers
    while (this.#dirty.size > 0 && !this.#hasEnded) {
      const entities = [...this.#dirty]
      this.#dirty.clear()
      yield* unlessTrouble(this.#evaluate(() => takeMarksOf(database, entities)))
    }
    this.#own = undefined
  }

  *#evaluateAll(): Routine {
    const { servers, plan, name } = this.#worker
    const { database } = servers
    yield* this.#evaluate(() => takeDueMarks(database, plan.debounce, this.#slice))
    if (this.#worker.now() < this.#nextSlowTickAt) return
    this.#nextSlowTickAt = this.#worker.now() + SLOW_TICK_MS
    this.#slice = yield* this.#worker.query(() => beat(database, name))
    for (const type of database.set.events)
      if (type.referenced) yield* this.#worker.query((session) => resolveReferences(database, session, type))
    yield* this.#evaluate((session) => takeNextChanges(database, session))
    if (database.set.asOf === 'EventTime') this.asOf = yield* this.#worker.query(() => () => database.asOf.committed)
  }

  *#evaluate(take: (session: Session) => Statement<readonly Taken[]>): Routine {
    const { servers, world } = this.#worker
    const session = this.#worker.openSession()
    const [taken, drawn] = yield* session.run(take(session), drawEvaluation(servers.database))
    if (taken.length === 0) return void (yield* session.run(session.commit()))
    if (world.isTraced) {
      const marks = taken.map(({ entity, version }) => `${entity}${version === undefined ? '' : ` (mark ${version})`}`)
      this.#worker.note(`begins evaluation ${drawn.evaluation} of ${marks.join(', ')}`)
      session.whenCommitted(() => this.#worker.note(`stores evaluation ${drawn.evaluation}`))
    }
    session.whenCommitted(() => servers.database.judge.checkParity(servers.database))
    yield* session.run(evaluate(servers.database, session, taken, drawn), session.commit())
  }
}
