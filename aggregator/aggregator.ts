import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { readDatabaseClock } from '../adapters/postgres/database-clock.ts'
import { Evaluator } from '../adapters/postgres/evaluator.ts'
import { openPostgresPool, type Pool } from '../adapters/postgres/postgres-pool.ts'
import { type CurrentRevision, requireCurrentRevision } from '../adapters/postgres/revision-store.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import { AGGREGATION_CONNECTIONS } from '../core/pipeline/connection-budget.ts'
import { revisionSource } from '../core/pipeline/revision-source.ts'
import { type Day, dayOf } from '../core/time/calendar.ts'
import type { Instant } from '../core/time/instant.ts'
import { DailyAggregation } from './daily-aggregation.ts'
import type { DailyOptions } from './daily-options.ts'
import { type DayRoll, rollDay } from './day-roll.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { AggregationSummary } from './summary.ts'

export interface AggregatorOptions {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: ConnectionUrl
  readonly log: Logger
  readonly onProgress?: ProgressBar['show']
}

/** The aggregator of one pipeline, connected. Close it when done. */
export class Aggregator {
  readonly #options: AggregatorOptions
  readonly #pool: Pool
  readonly #revision: number
  readonly #inForce: boolean
  readonly #asOf: Instant

  private constructor(options: AggregatorOptions, pool: Pool, { revision, inForce }: CurrentRevision, asOf: Instant) {
    this.#options = options
    this.#pool = pool
    this.#revision = revision
    this.#inForce = inForce
    this.#asOf = asOf
  }

  /** Throws `MigrateError` when the schema is not migrated to the pipeline's definition, `SupersededError` when it is past it. */
  static async open(options: AggregatorOptions): Promise<Aggregator> {
    const { pipeline, log } = options
    const { database, metrics } = pipeline.pipeline.spec
    const pool = await openPostgresPool({
      url: options.databaseUrl,
      schema: database.schema,
      applicationName: 'metrics-pipeline aggregator',
      maxConnections: AGGREGATION_CONNECTIONS,
      statementTimeoutMs: 0,
      onError: (error) => log.warn({ error }, 'an idle database connection was lost'),
    })
    try {
      const current = await requireCurrentRevision(pool, database.schema, revisionSource(metrics, pipeline.definition))
      const evaluator = new Evaluator(pool, pipeline.metricSet, current.revision)
      const asOf = (await evaluator.readAsOf()) ?? (await readDatabaseClock(pool))
      return new Aggregator(options, pool, current, asOf)
    } catch (error) {
      await pool.end()
      throw error
    }
  }

  /** The day that a run without a date is for: its as-of is the last midnight of the pipeline's clock. */
  get today(): Day {
    return dayOf(this.#asOf)
  }

  aggregate(options: DailyOptions, stop: AbortSignal): Promise<AggregationSummary> {
    const { pipeline, log, onProgress } = this.#options
    const run = new DailyAggregation(options, {
      pool: this.#pool,
      pipeline,
      revision: this.#revision,
      inForce: this.#inForce,
      log,
      asOf: this.#asOf,
      monotonicMs: () => performance.now(),
      onProgress: (done, total, what) => onProgress?.(done, total, what),
    })
    const attributes = { 'mp.day': options.day, 'mp.shard': options.shard, 'mp.shards': options.shards }
    return inSpan('daily aggregation', { attributes }, () => run.run(stop))
  }

  rollDay(batchSize: number, stop: AbortSignal): Promise<DayRoll> {
    const evaluator = new Evaluator(this.#pool, this.#options.pipeline.metricSet, this.#revision)
    return inSpan('day roll', {}, () =>
      rollDay(evaluator, batchSize, stop, (done) => this.#options.onProgress?.(done, undefined)),
    )
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}
