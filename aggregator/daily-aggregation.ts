import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { type DailyCounts, DailyStore } from '../adapters/postgres/daily-store.ts'
import { Evaluator } from '../adapters/postgres/evaluator.ts'
import { checkParity, type ParityReport } from '../adapters/postgres/parity-check.ts'
import type { Pool, PoolClient } from '../adapters/postgres/postgres-pool.ts'
import { readQuality } from '../adapters/postgres/quality-store.ts'
import { removeExpired } from '../adapters/postgres/retention.ts'
import { type KeyRange, type OpenRun, type RunKey, RunStore } from '../adapters/postgres/run-store.ts'
import { rowTable } from '../adapters/postgres/set-sql/identifiers.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { oldestKept } from '../core/events/judge-age.ts'
import { type Day, dayOf, daysBefore } from '../core/time/calendar.ts'
import { type Instant, MICROS_PER_DAY } from '../core/time/instant.ts'
import { BatchWriter } from './batch-writer.ts'
import type { AggregationSummary } from './summary.ts'

export interface DailyOptions {
  readonly day: Day
  /** Undefined: all of them. */
  readonly entities: readonly string[] | undefined
  readonly includeInactive: boolean
  readonly cleanup: boolean
  readonly retentionDays: number
  readonly shard: number
  readonly shards: number
  readonly batchSize: number
  /** Attempts at a batch in all. */
  readonly maxRetries: number
  readonly retryDelayMs: number
  readonly dryRun: boolean
}

export interface DailyDependencies {
  readonly pool: Pool
  readonly pipeline: LoadedPipeline
  readonly revision: number
  readonly log: Logger
  /** What is "now" for the pipeline. */
  readonly asOf: Instant
  readonly monotonicMs: () => number
  readonly onProgress: (done: number, total: number) => void
}

export type DailyEnd = { readonly kind: 'finished' | 'interrupted'; readonly summary: AggregationSummary }

interface Totals {
  successful: number
  failed: number
  skipped: number
}

/**
 * One daily run: the day's row of every entity, in batches by key; then parity of the live rows, the data-quality report and, if asked for,
 * retention. A batch commits together with the note of how far the run has come, so an interrupted run goes on where it stopped.
 */
export class DailyAggregation {
  readonly #options: DailyOptions
  readonly #deps: DailyDependencies
  readonly #runs: RunStore
  readonly #daily: DailyStore
  readonly #startedAt: number

  constructor(options: DailyOptions, deps: DailyDependencies) {
    this.#options = options
    this.#deps = deps
    this.#runs = new RunStore(deps.pool)
    this.#daily = new DailyStore(deps.pool, deps.pipeline.metricSet)
    this.#startedAt = deps.monotonicMs()
  }

  /** Throws `RunInProgressError` when another process is at this run, and whatever the database still says after the last attempt. */
  async run(stop: AbortSignal): Promise<DailyEnd> {
    if (this.#options.dryRun) return this.#perform(undefined, stop)
    return this.#runs.exclusively(this.#key, async () => {
      await this.#daily.ensurePartition(this.#options.day)
      const { retryDelayMs: _, maxRetries: __, batchSize: ___, ...asked } = this.#options
      const run = await this.#runs.begin(this.#key, asked, true)
      try {
        const end = await this.#perform(run, stop)
        const state = end.kind === 'interrupted' ? 'interrupted' : end.summary.failed > 0 ? 'failed' : 'succeeded'
        await this.#runs.finish(run.id, state, end.summary)
        return end
      } catch (error) {
        await this.#runs.finish(run.id, 'interrupted', { error: String(error) }).catch(() => undefined) // the first error tells more
        throw error
      }
    })
  }

  async #perform(run: OpenRun | undefined, stop: AbortSignal): Promise<DailyEnd> {
    const range = await this.#runs.rangeOf(this.#key, rowTable(this.#deps.pipeline.metricSet))
    const totals: Totals = { successful: run?.successful ?? 0, failed: run?.failed ?? 0, skipped: run?.skipped ?? 0 }
    const { entities } = this.#options
    const known = entities === undefined ? undefined : await this.#daily.known(entities)
    const errors = await this.#write(run, range, known, totals, stop)
    const unknown = entities?.filter((entity) => !known?.includes(entity)) ?? []

    const removed = stop.aborted ? undefined : await this.#cleanUp(totals)
    const parity = stop.aborted ? NOT_COMPARED : await this.#checkParity(range)
    const quality = await readQuality(
      this.#deps.pool,
      this.#deps.pipeline.pipeline.spec.source.redisStreams.streams,
      daysBefore(this.#deps.asOf, 1),
      dayOf(this.#deps.asOf),
    )
    const total = totals.successful + totals.failed + totals.skipped
    const tried = totals.successful + totals.failed
    const summary: AggregationSummary = {
      runDate: this.#options.day,
      shard: `${this.#options.shard}/${this.#options.shards}`,
      resumed: run?.resumed ?? false,
      dryRun: this.#options.dryRun,
      total,
      ...totals,
      totalMetricsSaved: this.#options.dryRun ? 0 : totals.successful * this.#deps.pipeline.metricSet.windows.length,
      successRate: tried === 0 ? 100 : Math.round((totals.successful * 10_000) / tried) / 100,
      totalRuntimeSeconds: (this.#deps.monotonicMs() - this.#startedAt) / 1_000,
      errors: run === undefined ? errors : await this.#runs.failures(run.id),
      unknown,
      parity,
      quality,
      removed,
    }
    return { kind: stop.aborted ? 'interrupted' : 'finished', summary }
  }

  async #write(
    run: OpenRun | undefined,
    range: KeyRange,
    listed: readonly string[] | undefined,
    totals: Totals,
    stop: AbortSignal,
  ) {
    const { batchSize, maxRetries, retryDelayMs, dryRun } = this.#options
    const total = listed?.length ?? (await this.#daily.count(range))
    const writer = new BatchWriter({
      pool: this.#deps.pool,
      log: this.#deps.log,
      maxRetries,
      retryDelayMs,
      rollBack: dryRun,
      write: (client, entities) => this.#writeRows(client, run, entities, listed === undefined),
      failed: (client, failure) => this.#noteFailure(client, run, failure),
    })
    let after = run?.lastEntity ?? null
    let done = totals.successful + totals.failed + totals.skipped
    for (;;) {
      const batch =
        listed === undefined
          ? await this.#daily.entitiesAfter(after, range, batchSize)
          : nextListed(listed, after, batchSize)
      if (batch.length === 0 || stop.aborted) return writer.failures
      const counts = await writer.write(batch, stop)
      totals.successful += counts.stored
      totals.skipped += counts.inactive
      totals.failed = (run?.failed ?? 0) + writer.failures.length
      after = batch.at(-1) ?? null
      done += batch.length
      this.#deps.onProgress(Math.min(done, total), total)
    }
  }

  async #writeRows(
    client: PoolClient,
    run: OpenRun | undefined,
    entities: readonly string[],
    isRange: boolean,
  ): Promise<DailyCounts> {
    const { day, includeInactive } = this.#options
    if (run === undefined) await this.#daily.ensurePartitionIn(client, day)
    const counts = await this.#daily.write(client, { run: run?.id ?? '0', day, entities, isRange, includeInactive })
    if (run !== undefined) {
      await this.#runs.advance(client, run.id, entities.at(-1) ?? '', {
        successful: counts.stored,
        failed: 0,
        skipped: counts.inactive,
      })
    }
    return counts
  }

  async #noteFailure(
    client: PoolClient,
    run: OpenRun | undefined,
    { entity, error, attempts }: { entity: string; error: string; attempts: number },
  ) {
    if (run === undefined) return
    await this.#runs.recordFailure(client, run.id, entity, error, attempts)
    await this.#runs.advance(client, run.id, entity, { successful: 0, failed: 1, skipped: 0 })
  }

  /** Once per day, by the first shard, and only after something was written: a run that fails must not remove what it should replace. */
  async #cleanUp({ successful }: Totals): Promise<AggregationSummary['removed']> {
    const { cleanup, dryRun, shard, retentionDays, day } = this.#options
    if (!cleanup || dryRun || shard !== 0 || successful === 0) return undefined
    const { pool, pipeline, asOf } = this.#deps
    const dailyRows = await this.#daily.removeBefore(daysBefore(asOf, retentionDays), day)
    const removed = await removeExpired(
      pool,
      pipeline.metricSet,
      oldestKept(pipeline.metricSet, asOf),
      asOf - retentionDays * MICROS_PER_DAY,
    )
    return { ...removed, dailyRows }
  }

  /** Facts in existing tables may change without an event; there a difference counts only if it survives a re-evaluation. */
  async #checkParity(range: KeyRange): Promise<ParityReport> {
    const { pool, pipeline, revision } = this.#deps
    const set = pipeline.metricSet
    const first = await checkParity(pool, set, pipeline.settings.paritySample, range)
    if (first.mismatches === 0 || !set.events.some((type) => type.table !== undefined)) return first
    await new Evaluator(pool, set, revision).evaluateEntities(first.entities)
    return checkParity(pool, set, pipeline.settings.paritySample, range)
  }

  get #key(): RunKey {
    const { day, shard, shards } = this.#options
    return { kind: 'daily', day, shard, shards }
  }
}

const NOT_COMPARED: ParityReport = { compared: 0, mismatches: 0, missing: 0, overdue: 0, entities: [] }

function nextListed(listed: readonly string[], after: string | null, limit: number): readonly string[] {
  return listed.slice(after === null ? 0 : listed.indexOf(after) + 1).slice(0, limit)
}
