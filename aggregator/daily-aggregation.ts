import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { DailyStore } from '../adapters/postgres/daily-store.ts'
import { readDatabaseClock } from '../adapters/postgres/database-clock.ts'
import { Evaluator } from '../adapters/postgres/evaluator.ts'
import { findFaults } from '../adapters/postgres/parity-check.ts'
import { type ParityReport, reportOf } from '../adapters/postgres/parity-report.ts'
import type { Pool } from '../adapters/postgres/postgres-pool.ts'
import { type QualityReport, readQuality } from '../adapters/postgres/quality-store.ts'
import { readFactsSince, removeExpired } from '../adapters/postgres/retention.ts'
import { type KeyRange, type OpenRun, type RunKey, RunStore } from '../adapters/postgres/run-store.ts'
import { rowTable } from '../adapters/postgres/set-sql/identifiers.ts'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import { oldestKept } from '../core/events/judge-age.ts'
import { dayOf, daysBefore, startOfDay } from '../core/time/calendar.ts'
import { type Instant, MICROS_PER_DAY } from '../core/time/instant.ts'
import { type DailyOptions, mistakeIn } from './daily-options.ts'
import { DailyRows, type Totals } from './daily-rows.ts'
import type { ProgressBar } from './progress-bar.ts'
import { reevaluate } from './reevaluate.ts'
import { RunningParity } from './running-parity.ts'
import type { AggregationSummary } from './summary.ts'

export interface DailyDependencies {
  readonly pool: Pool
  readonly pipeline: LoadedPipeline
  readonly revision: number
  /** Whether live rows are computed by this definition, so that they can be compared with it. */
  readonly inForce: boolean
  readonly log: Logger
  /** What is "now" for the pipeline. */
  readonly asOf: Instant
  readonly monotonicMs: () => number
  readonly onProgress: ProgressBar['show']
}

/**
 * One daily run: the day's row of every entity, in batches by key, and parity of the live rows; then the data-quality report and, if asked
 * for, retention. A batch commits together with the note of how far the run has come, so an interrupted run goes on where it stopped.
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

  /**
   * Throws `ConfigurationError` when the options make no sense, `RunInProgressError` when another process is at this run, and whatever the
   * database still says after the last attempt.
   */
  async run(stop: AbortSignal): Promise<AggregationSummary> {
    await this.#refuseMistakes()
    if (this.#options.dryRun) return this.#perform(undefined, stop)
    return this.#runs.exclusively(this.#key, async () => {
      await this.#daily.ensurePartition(this.#options.day)
      const { entities, includeInactive, cleanup, retentionDays } = this.#options
      const asked = { entities, includeInactive, cleanup, retentionDays } // how it is gone about may change between tries
      const run = await this.#runs.begin(this.#key, asked, true)
      try {
        const summary = await this.#perform(run, stop)
        const state = summary.interrupted ? 'interrupted' : summary.failed > 0 ? 'failed' : 'succeeded'
        await this.#runs.finish(run.id, state, summary)
        return summary
      } catch (error) {
        await this.#runs.finish(run.id, 'interrupted', { error: String(error) }).catch(() => undefined) // the first error tells more
        throw error
      }
    })
  }

  async #refuseMistakes(): Promise<void> {
    const { asOf, pool, pipeline } = this.#deps
    const { day } = this.#options
    const mistake = mistakeIn(this.#options, dayOf(asOf))
    if (mistake !== undefined) throw new ConfigurationError([mistake])
    const longest = Math.max(...pipeline.metricSet.windows)
    const since = await readFactsSince(pool)
    if (since === undefined || (startOfDay(day) as Instant) - longest * MICROS_PER_DAY >= since) return
    const earliest = dayOf(since + (longest + 1) * MICROS_PER_DAY - 1)
    throw new ConfigurationError([
      `--date ${day} lies too far back: facts before ${dayOf(since)} were removed by --cleanup, and its window of ${longest} days needs them; the earliest day that can still be computed is ${earliest}`,
    ])
  }

  async #perform(run: OpenRun | undefined, stop: AbortSignal): Promise<AggregationSummary> {
    const { pool, pipeline, log, onProgress } = this.#deps
    const { entities } = this.#options
    const range = await this.#runs.rangeOf(this.#key, rowTable(pipeline.metricSet))
    const listed = entities === undefined ? undefined : await this.#daily.known(entities)
    const parity = listed === undefined ? this.#parityAlong(range, run?.lastEntity ?? null) : undefined
    const rows = new DailyRows({
      pool,
      set: pipeline.metricSet,
      log,
      onProgress,
      options: this.#options,
      run,
      range,
      listed,
      hasRanges: !this.#readsTables,
      parity,
    })
    await rows.write(stop)
    const interrupted = stop.aborted
    return {
      ...this.#counted(run, rows.totals),
      errors: run === undefined ? rows.failures : await this.#runs.failures(run.id),
      unknown: entities?.filter((entity) => listed?.includes(entity) !== true) ?? [],
      interrupted,
      removed: interrupted ? undefined : await inSpan('clean up', {}, () => this.#cleanUp(rows.totals)),
      parity: interrupted
        ? NOT_COMPARED
        : await inSpan('parity', {}, () => parity?.report() ?? this.#checkParity(range)),
      quality: await inSpan('data quality', {}, () => this.#readQuality()),
      totalRuntimeSeconds: (this.#deps.monotonicMs() - this.#startedAt) / 1_000,
    }
  }

  #counted(run: OpenRun | undefined, totals: Totals) {
    const { day, shard, shards, dryRun } = this.#options
    const tried = totals.successful + totals.failed
    return {
      runDate: day,
      shard: `${shard}/${shards}`,
      resumed: run?.resumed ?? false,
      dryRun,
      total: tried + totals.skipped,
      ...totals,
      totalMetricsSaved: dryRun ? 0 : totals.successful * this.#deps.pipeline.metricSet.windows.length,
      successRate: tried === 0 ? 100 : Math.round((totals.successful * 10_000) / tried) / 100,
    }
  }

  /**
   * Once per day, by the first shard, and only after something was written: a run that fails must not remove what it should replace. Facts of
   * the run's own windows stay, for other shards may still be at them.
   */
  async #cleanUp({ successful }: Totals): Promise<AggregationSummary['removed']> {
    const { cleanup, dryRun, shard, retentionDays, day } = this.#options
    if (!cleanup || dryRun || shard !== 0 || successful === 0) return undefined
    const { pool, pipeline, asOf } = this.#deps
    const { metricSet } = pipeline
    const clock = await readDatabaseClock(pool)
    const dailyRows = await this.#daily.removeBefore(daysBefore(asOf, retentionDays), day)
    const removed = await removeExpired(pool, metricSet, {
      fact: oldestKept(metricSet, startOfDay(day) as Instant),
      reference: oldestKept(metricSet, clock),
      letter: clock - retentionDays * MICROS_PER_DAY,
    })
    return { ...removed, dailyRows }
  }

  /** Live rows are compared along with the daily ones where these are of everybody, in the order of keys, and by the definition in force. */
  #parityAlong(range: KeyRange, resumedAfter: string | null): RunningParity | undefined {
    const { pool, pipeline, inForce } = this.#deps
    if (!inForce || this.#readsTables) return undefined
    return new RunningParity({
      pool,
      set: pipeline.metricSet,
      sample: pipeline.settings.paritySample,
      range,
      resumedAfter,
    })
  }

  /** Facts in existing tables may change without an event; there a difference counts only if it survives a re-evaluation. */
  async #checkParity(range: KeyRange): Promise<ParityReport> {
    const { pool, pipeline, revision, inForce, log } = this.#deps
    const { metricSet, settings } = pipeline
    if (!inForce) {
      log.warn({ revision }, 'live rows were not compared: no worker has put this revision in force yet')
      return NOT_COMPARED
    }
    const find = () => {
      let compared = 0
      const onProgress = (rows: number) => {
        compared += rows
        this.#deps.onProgress(compared, undefined, 'compared')
      }
      return findFaults(pool, metricSet, { sample: settings.paritySample, range, onProgress })
    }
    const found = await find()
    const atFault = [...found.mismatched, ...found.missing, ...found.overdue]
    if (atFault.length === 0 || this.#options.dryRun || !this.#readsTables) return reportOf(found)
    await reevaluate(new Evaluator(pool, metricSet, revision), atFault, this.#options.batchSize)
    return reportOf(await find())
  }

  /** What arrived yesterday and today: by the database's clock, for events arrive by it whatever time they speak of. */
  async #readQuality(): Promise<QualityReport> {
    const { pool, pipeline } = this.#deps
    const clock = await readDatabaseClock(pool)
    return readQuality(pool, pipeline.settings.streams, daysBefore(clock, 1), dayOf(clock))
  }

  /** Existing tables may order their keys by a language, so that a range of ours is none of theirs. */
  get #readsTables(): boolean {
    return this.#deps.pipeline.metricSet.events.some((type) => type.table !== undefined)
  }

  get #key(): RunKey {
    const { day, shard, shards } = this.#options
    return { kind: 'daily', day, shard, shards }
  }
}

const NOT_COMPARED: ParityReport = { compared: 0, mismatches: 0, missing: 0, overdue: 0, entities: [] }
