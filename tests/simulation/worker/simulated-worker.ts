import type { Debounce } from '../../../adapters/postgres/evaluator.ts'
import type { Instant } from '../../../core/time/instant.ts'
import { contextSource } from '../../../worker/create-context.ts'
import { workerPositions } from '../../../worker/positions.ts'
import type { PrepareContext } from '../../../worker/prepare-batch.ts'
import { Command } from '../servers/command.ts'
import type { Database } from '../servers/database.ts'
import { leaveMembers } from '../servers/fleet-statements.ts'
import { Link } from '../servers/link.ts'
import type { Redis } from '../servers/redis.ts'
import { Session, type Statement } from '../servers/session.ts'
import { unlessTrouble } from '../servers/trouble.ts'
import { Fiber, type Host, type Routine } from '../world/fiber.ts'
import { Signal, until } from '../world/pause.ts'
import type { World } from '../world/world.ts'
import { SimulatedCommitter } from './simulated-committer.ts'
import { SimulatedEvaluation } from './simulated-evaluation.ts'
import { SimulatedIngest } from './simulated-ingest.ts'
import { SimulatedKeeper } from './simulated-keeper.ts'
import { SimulatedStream } from './simulated-stream.ts'

export interface Servers {
  readonly database: Database
  readonly redis: Redis
}

export interface WorkerPlan {
  readonly streams: readonly string[]
  readonly isSharded: boolean
  readonly batchSize: number
  readonly claimIdleMs: number
  readonly debounce: Debounce
}

/** One consumer for all owners of shards. */
const SHARD_CONSUMER = 'shards'

/** A worker process: the loops of `worker/`, each as a routine whose every wait is one request or a pause. */
export class SimulatedWorker implements Host {
  readonly name: string
  /** Another one after each start. */
  readonly life: number
  readonly world: World
  readonly servers: Servers
  readonly plan: WorkerPlan
  readonly toPostgres: Link
  readonly toRedis: Link
  readonly stopping = new Signal()
  readonly stream: SimulatedStream
  readonly ingest: SimulatedIngest
  readonly keeper: SimulatedKeeper | undefined
  readonly evaluation: SimulatedEvaluation
  readonly committer: SimulatedCommitter
  readonly context: () => PrepareContext
  isDead = false
  hasStopped = false
  /** What its wall clock is wrong by, in microseconds. */
  clockError: Instant = 0
  #frozenUntil = 0
  /** How long it was frozen in a way that its monotonic clock did not notice. */
  #suspendedMs = 0
  #requests: (Session | Command<unknown>)[] = []

  constructor(name: string, life: number, world: World, servers: Servers, plan: WorkerPlan) {
    this.name = name
    this.life = life
    this.world = world
    this.servers = servers
    this.plan = plan
    this.toPostgres = new Link(world)
    this.toRedis = new Link(world)
    this.stream = new SimulatedStream(this, plan.isSharded ? SHARD_CONSUMER : name)
    this.ingest = new SimulatedIngest(this)
    this.keeper = plan.isSharded ? new SimulatedKeeper(this) : undefined
    this.evaluation = new SimulatedEvaluation(this)
    this.committer = new SimulatedCommitter(this)
    const { set } = servers.database
    this.context = contextSource({
      set,
      now: () => (set.asOf === 'Clock' ? servers.database.clock() + this.clockError : this.evaluation.asOf),
      positionsOf: workerPositions(name, (stream) => this.keeper?.fenceOf(stream)),
    })
    this.#start()
  }

  get runsFrom(): number {
    return this.#frozenUntil
  }

  get isRunning(): boolean {
    return !this.isDead && !this.hasStopped
  }

  /** By its monotonic clock. */
  now(): number {
    return this.world.now - this.#suspendedMs
  }

  /** Plain streams are everybody's. */
  holds(stream: string): boolean {
    return this.keeper?.holds(stream) ?? true
  }

  spawn(routine: Routine): Fiber {
    return new Fiber(this.world, this, routine)
  }

  note(what: string): void {
    this.world.note(this.name, what)
  }

  openSession(): Session {
    return this.#keep(new Session(this.world, this, this.toPostgres))
  }

  /** A statement outside any transaction. */
  *query<T>(statement: (session: Session) => Statement<T>): Routine<T> {
    const session = this.openSession()
    return yield* session.runAlone(statement(session))
  }

  /** A command that does not block. */
  *command<T>(execute: () => T): Routine<T> {
    return (yield* this.#keep(new Command(this.world, this.servers.redis, this.toRedis, execute)).run()) as T
  }

  blockingCommand<T>(execute: () => T | undefined, blockMs: number): Command<T> {
    return this.#keep(new Command(this.world, this.servers.redis, this.toRedis, execute, blockMs))
  }

  /** SIGTERM. */
  stop(): void {
    this.stopping.abort()
    this.ingest.interrupt()
  }

  /** SIGKILL. */
  crash(): void {
    this.isDead = true
    for (const request of this.#requests) request.abandon()
    this.#requests = []
    this.world.sweep()
  }

  /** Nothing goes on but what is on its way. Where its machine is suspended, its monotonic clock stands still too. */
  freeze(ms: number, isSuspended: boolean): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.world.now + ms)
    if (isSuspended) this.#suspendedMs += ms
  }

  thaw(): void {
    this.#frozenUntil = 0
  }

  cutFromPostgres(ms: number): void {
    this.toPostgres.cut(ms)
    for (const request of this.#requests) if (request instanceof Session) request.sever()
  }

  cutFromRedis(ms: number): void {
    this.toRedis.cut(ms)
    for (const request of this.#requests) if (request instanceof Command) request.sever()
  }

  /** The database was restarted. */
  terminateSessions(): void {
    for (const request of this.#requests) if (request instanceof Session) request.terminate()
  }

  #start(): void {
    const ingest = this.spawn(this.ingest.run())
    const evaluation = this.spawn(this.evaluation.run())
    const keeper = this.keeper === undefined ? undefined : this.spawn(this.keeper.run())
    if (!this.plan.isSharded) this.spawn(this.ingest.keepFromOthers())
    this.spawn(this.#end(ingest, keeper, evaluation))
  }

  *#end(ingest: Fiber, keeper: Fiber | undefined, evaluation: Fiber): Routine {
    yield* until(ingest.over)
    if (keeper !== undefined && this.keeper !== undefined) {
      yield* until(keeper.over)
      yield* this.keeper.releaseAll()
    }
    yield* until(evaluation.over)
    yield* unlessTrouble(this.query(() => leaveMembers(this.servers.database, this.name)))
    this.hasStopped = true
    this.note('has stopped')
  }

  #keep<R extends Session | Command<unknown>>(request: R): R {
    if (this.#requests.length > 12) this.#requests = this.#requests.filter(({ isOver }) => !isOver)
    this.#requests.push(request)
    return request
  }
}
