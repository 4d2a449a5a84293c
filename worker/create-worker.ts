import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { createCompositeCalculator } from '../adapters/postgres/composite-calculator.ts'
import { CompositeStore } from '../adapters/postgres/composite-store.ts'
import { Evaluator } from '../adapters/postgres/evaluator.ts'
import { checkExistingTables } from '../adapters/postgres/existing-tables.ts'
import { FactStore } from '../adapters/postgres/fact-store.ts'
import { MemberStore } from '../adapters/postgres/member-store.ts'
import { readPipelineKey } from '../adapters/postgres/pipeline-key.ts'
import { openPostgresPool, type Pool, type PostgresPoolOptions } from '../adapters/postgres/postgres-pool.ts'
import { activateRevision, requireRevision, SupersededError } from '../adapters/postgres/revision-store.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { Scope } from '../adapters/process/scope.ts'
import { systemClock } from '../adapters/process/system-clock.ts'
import { CompositeGate } from '../adapters/redis/composite-gate.ts'
import { connectRedis } from '../adapters/redis/redis-client.ts'
import { describeError, type Logger } from '../adapters/telemetry/create-logger.ts'
import { apartFromSpans } from '../adapters/telemetry/span.ts'
import { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { scopesOf } from '../core/composite/composite-scopes.ts'
import { CALCULATION_BUDGET_MS } from '../core/composite/margin.ts'
import { LEASE_MS } from '../core/fleet/lease.ts'
import { divideConnections, workerConnections } from '../core/pipeline/connection-budget.ts'
import { freshnessObjectiveMs } from '../core/pipeline/freshness-objective.ts'
import { revisionSource } from '../core/pipeline/revision-source.ts'
import type { WantedComposite } from '../core/pipeline/wanted-composite.ts'
import type { Clock } from '../core/time/clock.ts'
import { BatchCommitter } from './batch-committer.ts'
import { CompositeLoop } from './composite-loop.ts'
import type { CompositePlan } from './composite-plan.ts'
import { contextSource } from './create-context.ts'
import { EvaluationLoop } from './evaluation-loop.ts'
import { Heartbeat } from './heartbeat.ts'
import { IngestLoop } from './ingest-loop.ts'
import { openSource } from './open-source.ts'
import { workerPositions } from './positions.ts'
import { ShardKeeper } from './shard-keeper.ts'
import { WorkMeter } from './work-meter.ts'

export interface WorkerOptions {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: ConnectionUrl
  readonly redisUrl: ConnectionUrl
  /** Stable over restarts, unique within the fleet. */
  readonly consumer: string
  readonly log: Logger
  readonly clock?: Clock
  readonly random?: () => number
  /** The composite that the pipeline asks for will be told with `adopt`. */
  readonly awaitsComposite?: boolean
  /** How long it may take to stop, once it is told to. Default: 25 s. */
  readonly graceMs?: number
}

export type WorkerState = 'starting' | 'running' | 'draining' | 'stopped'

/** `superseded`: a newer revision of the pipeline is in force, and this worker's definition is no longer wanted. */
export type WorkerEnd = 'stopped' | 'superseded'

/** How often a worker looks for entries that another consumer left lying, and for own ones that it never saw. */
const LOOK_BACK_INTERVAL_MS = 5_000

const GRACE_MS = 25_000

/** Kept of the grace period for closing connections, when a last composite has to wait. */
const CLOSING_MS = 3_000

/** One worker of a pipeline: reads, commits, acknowledges and evaluates until it is told to stop. */
export interface Worker {
  readonly metrics: WorkerMetrics
  readonly state: WorkerState
  /** Why it waits, without secrets, while a server has been out of reach for a while; null otherwise. It goes on by itself. */
  readonly trouble: string | null
  /** Resolves once it reads; rejects when the database or the streams are not as they must be. */
  start(): Promise<void>
  /** The composite that the pipeline asks for from now on; undefined: none. */
  adopt(composite: WantedComposite | undefined): void
  /** Stops reading, finishes and acknowledges what it holds, closes its connections. */
  stop(): Promise<void>
  /** Resolves when it has stopped, for whatever reason. */
  readonly ended: Promise<WorkerEnd>
}

export function createWorker(options: WorkerOptions): Worker {
  return new PipelineWorker(options)
}

class PipelineWorker implements Worker {
  readonly metrics = new WorkerMetrics()
  readonly ended: Promise<WorkerEnd>
  readonly #options: WorkerOptions
  readonly #scope = new Scope()
  readonly #stop = new AbortController()
  readonly #end = Promise.withResolvers<WorkerEnd>()
  #state: WorkerState = 'starting'
  #loops: Loops | undefined
  #wanted: WantedComposite | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#wanted = options.pipeline.settings.composite
    this.ended = this.#end.promise
  }

  get state(): WorkerState {
    return this.#state
  }

  get trouble(): string | null {
    const [redis, postgres] = [this.#loops?.ingest.trouble, this.#loops?.evaluation.trouble]
    if (redis !== undefined) return `Redis: ${describeError(redis).message}`
    return postgres === undefined ? null : `PostgreSQL: ${describeError(postgres).message}`
  }

  async start(): Promise<void> {
    try {
      const loops = (this.#loops = await this.#open())
      this.#state = 'running'
      apartFromSpans(() => this.#run(loops)).then(this.#end.resolve, this.#end.reject)
      this.ended.catch(() => undefined) // whoever waits for the end hears of it; nobody has to
    } catch (error) {
      this.#state = 'stopped'
      await this.#scope.close()
      throw error
    }
  }

  adopt(composite: WantedComposite | undefined): void {
    this.#wanted = composite
    if (this.#loops !== undefined) this.#loops.composite?.adopt(this.#planFor(this.#loops))
  }

  async stop(): Promise<void> {
    if (this.#state === 'running') this.#state = 'draining'
    this.#stop.abort()
    if (this.#state !== 'stopped') await this.ended.catch(() => undefined)
  }

  async #run({ ingest, evaluation, keeper, heartbeat, composite, members }: Loops): Promise<WorkerEnd> {
    const [ingested, evaluated] = [new AbortController(), new AbortController()]
    const { clock = systemClock, graceMs = GRACE_MS } = this.#options
    let stoppedAt: number | undefined
    this.#stop.signal.addEventListener('abort', () => (stoppedAt = clock.monotonicMs()))
    const scoring = composite?.run(evaluated.signal)
    const beating = heartbeat.run(evaluated.signal)
    const evaluating = evaluation.run(ingested.signal) // its share of the marks is nobody else's before it leaves
    const keeping = keeper?.run(this.#stop.signal)
    try {
      return await ingest.run(this.#stop.signal)
    } finally {
      this.#state = 'draining'
      this.#stop.abort()
      ingested.abort()
      await keeping
      await keeper?.releaseAll() // first of all: other workers wait for these
      await evaluating
      evaluated.abort()
      await beating
      await scoring
      const untilMs = (stoppedAt ?? clock.monotonicMs()) + graceMs - CLOSING_MS - CALCULATION_BUDGET_MS
      if (composite !== undefined) await this.#leaveComposite(composite, members, untilMs)
      await this.#scope.close()
      this.#state = 'stopped'
    }
  }

  /** A fleet that goes to zero leaves a result behind that holds all it did; who stays hears what there was to count. */
  async #leaveComposite(composite: CompositeLoop, members: MemberStore, untilMs: number): Promise<void> {
    try {
      await members.leave()
      if (await members.isAlone()) await composite.finish(untilMs)
      else await composite.handOver(untilMs)
    } catch (error) {
      this.#options.log.warn({ error }, 'no last composite could be left behind, nor events handed over')
    }
  }

  async #open(): Promise<Loops> {
    const { pipeline, log, clock = systemClock, random = Math.random } = this.#options
    const set = pipeline.metricSet
    const { spec } = pipeline.pipeline
    const isSharded = spec.source.redisStreams.sharded !== undefined
    const connections = divideConnections(workerConnections(spec), isSharded)
    const name = `metrics-pipeline worker ${this.#options.consumer}`
    const pool = await this.#openPool({ applicationName: name, maxConnections: connections.work })
    const leasePool =
      connections.leases === 0
        ? pool
        : await this.#openPool({
            applicationName: `${name}, leases`,
            maxConnections: connections.leases,
            statementTimeoutMs: LEASE_MS, // what comes later is of no use
          })
    const revision = await requireRevision(
      pool,
      spec.database.schema,
      revisionSource(spec.metrics, pipeline.definition),
    )
    await checkExistingTables(pool, set) // another system may have changed them since they were migrated over
    const activated = await activateRevision(pool, set, revision)
    if (activated === 'superseded') throw new SupersededError(revision)
    if (activated === 'activated') log.info({ revision }, 'a new revision is in force, every entity is marked')

    const { stream, shards, watch } = await openSource({ ...this.#options, pool, leasePool, metrics: this.metrics })
    this.#scope.use(stream, (opened) => opened.close())
    const meter = new WorkMeter(clock, this.metrics, spec.workers.batchSize)
    // Not over the connection for leases: a database that takes its time has none to spare for anything beside them.
    const members = this.#scope.use(new MemberStore(pool, this.#options.consumer), (store) =>
      store
        .leave()
        .catch((error: unknown) => log.warn({ error }, 'could not leave the list of workers, its heartbeat runs out')),
    )
    const heartbeat = new Heartbeat({ members, meter, log })
    const composite = await this.#openComposite({ pool, revision })
    const isOverRows = set.composite?.over === 'Rows' // which hold an event only once it is evaluated
    const evaluation = new EvaluationLoop({
      evaluator: new Evaluator(pool, set, revision, meter),
      slice: () => heartbeat.slice,
      debounce: { quietMs: pipeline.settings.quietMs, maxWaitMs: pipeline.settings.maxWaitMs },
      freshnessObjectiveMs: set.asOf === 'Clock' ? freshnessObjectiveMs(pipeline.settings) : Number.POSITIVE_INFINITY,
      onEvaluated: (rows) => {
        if (isOverRows) composite?.count(rows)
      },
      metrics: this.metrics,
      log,
      clock,
      random,
    })
    const context = contextSource({
      set,
      now: () => (set.asOf === 'Clock' ? clock.now() : evaluation.asOf),
      positionsOf: workerPositions(this.#options.consumer, (name) => keeper?.fenceOf(name)),
    })
    const committer = new BatchCommitter({
      store: new FactStore(pool, set, revision),
      context,
      onFenced: (lost) => keeper?.lose(lost),
      metrics: this.metrics,
      log,
      random,
    })
    const ingest = new IngestLoop({
      stream,
      committer,
      context,
      meter,
      metrics: this.metrics,
      log,
      clock,
      random,
      lookBackIntervalMs: LOOK_BACK_INTERVAL_MS,
      claimIdleMs: shards === undefined ? pipeline.settings.claimIdleMs : undefined,
      watch,
      readable: () => keeper?.readable() ?? pipeline.settings.streams,
      pace: (stop) => evaluation.pace(stop),
      onCommitted: (entities, events) => {
        evaluation.wake(entities)
        if (!isOverRows) composite?.count(events)
      },
      onHeld: (held, askedAt) => keeper?.renew(held, askedAt),
    })
    const keeper =
      shards === undefined
        ? undefined
        : new ShardKeeper({
            store: shards,
            streams: pipeline.settings.streams,
            self: this.#options.consumer,
            reader: ingest,
            metrics: this.metrics,
            log,
            clock,
          })
    return { ingest, evaluation, keeper, heartbeat, composite, members, pool, revision }
  }

  /** Over a connection of its own: what the gate is asked waits for no batch. */
  async #openComposite({ pool, revision }: Pick<Loops, 'pool' | 'revision'>): Promise<CompositeLoop | undefined> {
    const { redisUrl, consumer, awaitsComposite = false, log } = this.#options
    const { clock = systemClock, random = Math.random } = this.#options
    if (this.#wanted === undefined && !awaitsComposite) return undefined
    const onError = (error: Error) => log.warn({ error }, 'the connection to Redis failed')
    const redis = this.#scope.use(await connectRedis(redisUrl, onError), (opened) => opened.disconnect())
    return new CompositeLoop({
      gate: new CompositeGate(redis, await readPipelineKey(pool)),
      store: new CompositeStore(pool, consumer),
      plan: this.#planFor({ pool, revision }),
      metrics: this.metrics,
      log,
      clock,
      random,
    })
  }

  /** Undefined where no composite is wanted. */
  #planFor({ pool, revision }: Pick<Loops, 'pool' | 'revision'>): CompositePlan | undefined {
    const { metricSet, definition } = this.#options.pipeline
    const [wanted, formula, composite] = [this.#wanted, definition.composite, metricSet.composite]
    if (wanted === undefined || formula === undefined || composite === undefined) return undefined
    const calculator = createCompositeCalculator(metricSet, wanted.weights)
    return {
      rules: { revision, formula, wanted },
      scopes: scopesOf(composite),
      calculate: (scope, asOf, withinMs) => calculator.calculate(pool, scope, asOf, withinMs),
    }
  }

  async #openPool(
    options: Pick<PostgresPoolOptions, 'applicationName' | 'maxConnections' | 'statementTimeoutMs'>,
  ): Promise<Pool> {
    const { pipeline, databaseUrl, log } = this.#options
    const pool = await openPostgresPool({
      url: databaseUrl,
      schema: pipeline.pipeline.spec.database.schema,
      idleInTransactionMs: LEASE_MS, // who is silent for so long has lost its shards: nobody is to wait for its locks
      looksKeysUp: true,
      onError: (error) => log.warn({ error }, 'an idle database connection was lost'),
      ...options,
    })
    return this.#scope.use(pool, (opened) => opened.end())
  }
}

interface Loops {
  readonly ingest: IngestLoop
  readonly evaluation: EvaluationLoop
  readonly keeper: ShardKeeper | undefined
  readonly heartbeat: Heartbeat
  readonly composite: CompositeLoop | undefined
  readonly members: MemberStore
  readonly pool: Pool
  readonly revision: number
}
