import { Redis } from 'ioredis'
import { CompositeStore } from '../../adapters/postgres/composite-store.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { CompositeGate } from '../../adapters/redis/composite-gate.ts'
import { createLogger, type Logger } from '../../adapters/telemetry/create-logger.ts'
import { type GateCount, WorkerMetrics } from '../../adapters/telemetry/worker-metrics.ts'
import type { CompositeResult } from '../../core/composite/composite-result.ts'
import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import type { CompositeSettings } from '../../core/composite/composite-settings.ts'
import type { Clock } from '../../core/time/clock.ts'
import { CompositeLoop } from '../../worker/composite-loop.ts'
import type { CompositePlan } from '../../worker/composite-plan.ts'
import { rulesOf } from './composite-rules.ts'
import { parseMetricsText } from './metrics-text.ts'
import { PipelineDatabase } from './pipeline-database.ts'
import { type FreshRedis, freshRedis } from './servers.ts'
import { shopPipeline } from './shop-manifest.ts'

/** What a test decides of a loop. */
type Given = Partial<Pick<CompositePlan, 'scopes' | 'calculate'>> & {
  readonly clock?: Clock
  readonly log?: Logger
  /** Of the definition that it calculates by. */
  readonly revision?: number
}

export interface Committed {
  readonly fence: number
  readonly holder: string
  /** Milliseconds, by the database's clock. */
  readonly asOf: number
  readonly committedAt: number
}

/** What a composite's loops need of a pipeline, and nothing else of it. The calculation is a test's own. */
export class CompositeLoops implements AsyncDisposable {
  readonly database: PipelineDatabase
  readonly redis: Redis
  readonly #server: FreshRedis
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []
  readonly #metrics: WorkerMetrics[] = []

  private constructor(database: PipelineDatabase, server: FreshRedis) {
    this.database = database
    this.#server = server
    this.redis = new Redis(server.url)
  }

  static async open(): Promise<CompositeLoops> {
    return new CompositeLoops(await PipelineDatabase.open(shopPipeline()), await freshRedis())
  }

  /** A loop that does nothing of itself. */
  make(holder: string, settings: CompositeSettings, given: Given = {}): CompositeLoop {
    const { clock = systemClock, log = createLogger('silent', 'worker'), revision = 1, ...own } = given
    const metrics = new WorkerMetrics()
    this.#metrics.push(metrics)
    return new CompositeLoop({
      gate: new CompositeGate(this.redis, 'shops'),
      store: new CompositeStore(this.database.pool, holder),
      plan: planOf(rulesOf(settings, { revision }), own),
      metrics,
      log,
      clock,
      random: Math.random,
    })
  }

  /** Loops that run until all of this is disposed of. */
  start(count: number, settings: CompositeSettings, given: Given = {}): readonly CompositeLoop[] {
    return Array.from({ length: count }, (_, i) => {
      const loop = this.make(`worker-${i}`, settings, given)
      this.#running.push(loop.run(this.#stop.signal))
      return loop
    })
  }

  /** Has a worker of this name counted as alive for as long as anybody looks. */
  async keepAlive(holder: string): Promise<void> {
    await this.database.pool.query(
      "insert into mp_member (consumer, heartbeat_at) values ($1, clock_timestamp() + interval '1 hour')",
      [holder],
    )
  }

  async committed(scope = 'pipeline'): Promise<readonly Committed[]> {
    const { rows } = await this.database.pool.query<Committed>(
      `select fence::int, holder, (extract(epoch from as_of) * 1000)::float8 as "asOf",
              (extract(epoch from committed_at) * 1000)::float8 as "committedAt"
         from mp_composite_history where scope = $1 order by fence`,
      [scope],
    )
    return rows
  }

  /** Of all loops together. */
  async outcomes(outcome: GateCount): Promise<number> {
    const texts = await Promise.all(this.#metrics.map((each) => each.expose()))
    return texts.reduce(
      (sum, { body }) =>
        sum + (parseMetricsText(body).samples.get(`mp_worker_composite_gate_total{outcome="${outcome}"}`) ?? 0),
      0,
    )
  }

  /** What the first loop that was made says of itself. */
  async samples() {
    return parseMetricsText((await this.#metrics[0]?.expose())?.body ?? '').samples
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
    this.redis.disconnect()
    await this.#server.release()
    await this.database[Symbol.asyncDispose]()
  }
}

/** Of the pipeline as a whole, unless a test decides otherwise. */
export function planOf(
  rules: CompositeRules,
  own: Partial<Pick<CompositePlan, 'scopes' | 'calculate'>> = {},
): CompositePlan {
  return { rules, scopes: ['pipeline'], calculate: () => Promise.resolve(scored('76.5')), ...own }
}

export function scored(value: string | null): CompositeResult {
  return { value, sampleSize: value === null ? 0 : 10, inputs: { value } }
}

/** Milliseconds from one commit to the next. */
export function gaps(committed: readonly Committed[]): readonly number[] {
  return committed.slice(1).map(({ committedAt }, i) => committedAt - (committed[i]?.committedAt ?? 0))
}

/** How old each result was when the next one was committed. */
export function ages(committed: readonly Committed[]): readonly number[] {
  return committed.slice(1).map(({ committedAt }, i) => committedAt - (committed[i]?.asOf ?? 0))
}
