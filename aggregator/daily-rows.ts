import { type DailyBatch, type DailyCounts, DailyStore } from '../adapters/postgres/daily-store.ts'
import type { Pool, PoolClient } from '../adapters/postgres/postgres-pool.ts'
import { type KeyRange, type OpenRun, RunStore } from '../adapters/postgres/run-store.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import type { MetricSet } from '../core/metric-sets/metric-set.ts'
import { BatchWriter } from './batch-writer.ts'
import type { DailyOptions } from './daily-options.ts'
import type { EntityBatch } from './entity-batch.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { BatchFindings, RunningParity } from './running-parity.ts'
import { severalAtATime } from './several-at-a-time.ts'
import type { EntityFailure } from './summary.ts'

export interface DailyRowsOptions {
  readonly pool: Pool
  readonly set: MetricSet
  readonly log: Logger
  readonly onProgress: ProgressBar['show']
  readonly options: DailyOptions
  /** Undefined for a dry run. */
  readonly run: OpenRun | undefined
  readonly range: KeyRange
  /** Those named that exist; undefined: all of the range. */
  readonly listed: readonly string[] | undefined
  /** Whether a range of our keys is one for the facts too. */
  readonly hasRanges: boolean
  /** Undefined where live rows are not compared along with the daily ones. */
  readonly parity: RunningParity | undefined
}

export interface Totals {
  successful: number
  failed: number
  skipped: number
}

interface Outcome extends DailyCounts {
  readonly findings: readonly BatchFindings[]
}

/** Writes the daily rows of a run, batch by batch in key order, each in one transaction with the note of how far the run has come. */
export class DailyRows {
  readonly totals: Totals
  readonly #given: DailyRowsOptions
  readonly #runs: RunStore
  readonly #daily: DailyStore
  readonly #writer: BatchWriter<Outcome>

  constructor(given: DailyRowsOptions) {
    const { pool, set, log, run, options } = given
    this.totals = { successful: run?.successful ?? 0, failed: run?.failed ?? 0, skipped: run?.skipped ?? 0 }
    this.#given = given
    this.#runs = new RunStore(pool)
    this.#daily = new DailyStore(pool, set)
    this.#writer = new BatchWriter<Outcome>({
      pool,
      log,
      maxRetries: options.maxRetries,
      retryDelayMs: options.retryDelayMs,
      rollBack: options.dryRun,
      write: (client, batch, turn) => this.#writeBatch(client, batch, turn),
      failed: (client, batch, failure) => this.#noteFailure(client, batch, failure),
      together,
    })
  }

  /** Those that failed in this try. */
  get failures(): readonly EntityFailure[] {
    return this.#writer.failures
  }

  /** Throws what the database still says at the last attempt at a batch. */
  async write(stop: AbortSignal): Promise<void> {
    const { log, onProgress, options, run, range, listed, parity } = this.#given
    const { totals } = this
    const total = listed?.length ?? (await this.#daily.count(range))
    let done = totals.successful + totals.failed + totals.skipped
    const resumedAfter = run?.lastEntity ?? null
    log.info({ day: options.day, entities: total, resumedAfter: resumedAfter ?? undefined }, 'daily aggregation begins')
    const work = async (batch: EntityBatch, turn: Promise<void>) => {
      const { stored, inactive, findings } = await this.#writer.write(batch, turn, stop)
      await turn
      parity?.note(batch, findings)
      totals.successful += stored
      totals.skipped += inactive
      totals.failed = (run?.failed ?? 0) + this.failures.length
      done += batch.entities.length
      log.debug({ stored, inactive, done, entities: total }, 'batch committed')
      onProgress(Math.min(done, total), total, 'aggregated')
    }
    const traced = (batch: EntityBatch, turn: Promise<void>) =>
      inSpan('daily rows', { attributes: { 'mp.entities': batch.entities.length } }, () => work(batch, turn))
    await severalAtATime(this.#batches(resumedAfter), traced, stop)
  }

  async *#batches(resumedAfter: string | null): AsyncGenerator<EntityBatch> {
    const { range, listed, options } = this.#given
    for (let after = resumedAfter; ; ) {
      const entities =
        listed === undefined
          ? await this.#daily.entitiesAfter(after, range, options.batchSize)
          : nextListed(listed, after, options.batchSize)
      const last = entities.at(-1)
      if (last === undefined) return
      yield { after, entities }
      after = last
    }
  }

  async #writeBatch(client: PoolClient, batch: EntityBatch, turn: Promise<void>): Promise<Outcome> {
    const { run, options } = this.#given
    const { day, includeInactive } = options
    const { entities } = batch
    if (run === undefined) await this.#daily.ensurePartitionIn(client, day)
    const rows = { run: run?.id ?? '0', day, entities, includeInactive }
    const outcome = await this.#writeAndCompare(client, batch, rows)
    if (run !== undefined) {
      await turn
      const done = { successful: outcome.stored, failed: 0, skipped: outcome.inactive }
      await this.#runs.advance(client, run.id, entities.at(-1) ?? '', done)
    }
    return outcome
  }

  async #writeAndCompare(client: PoolClient, batch: EntityBatch, rows: DailyBatch): Promise<Outcome> {
    const { hasRanges, listed, parity } = this.#given
    if (listed !== undefined || !hasRanges) return { ...(await this.#daily.write(client, rows)), findings: [] }
    const written = await this.#daily.writeRange(client, rows, parity?.sample ?? 0)
    return { ...written, findings: parity === undefined ? [] : [await parity.complete(client, batch, written)] }
  }

  /** What could not be computed for the day may well be right in its live row. */
  async #noteFailure(client: PoolClient, batch: EntityBatch, failure: EntityFailure): Promise<Outcome> {
    const { run, parity } = this.#given
    if (run !== undefined) {
      const { entity, error, attempts } = failure
      await this.#runs.recordFailure(client, run.id, entity, error, attempts)
      await this.#runs.advance(client, run.id, entity, { successful: 0, failed: 1, skipped: 0 })
    }
    const untold = { compared: 0, mismatched: [], apart: batch.entities }
    const findings = parity === undefined ? [] : [await parity.complete(client, batch, untold)]
    return { stored: 0, inactive: 0, findings }
  }
}

function together(first: Outcome, second: Outcome): Outcome {
  return {
    stored: first.stored + second.stored,
    inactive: first.inactive + second.inactive,
    findings: [...first.findings, ...second.findings],
  }
}

function nextListed(listed: readonly string[], after: string | null, limit: number): readonly string[] {
  return listed.slice(after === null ? 0 : listed.indexOf(after) + 1).slice(0, limit)
}
