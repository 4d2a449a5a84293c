import type { Pool, PoolClient } from 'pg'
import { loadSql } from './load-sql.ts'
import { identifier } from './set-sql/identifiers.ts'
import { run, type Statement } from './statement-cache.ts'

export type RunKind = 'daily' | 'day-roll'

export interface RunKey {
  readonly kind: RunKind
  /** `YYYY-MM-DD`. */
  readonly day: string
  readonly shard: number
  readonly shards: number
}

export interface OpenRun {
  readonly id: string
  readonly resumed: boolean
  /** Every entity up to this one is done; null at the beginning. */
  readonly lastEntity: string | null
  readonly successful: number
  readonly failed: number
  readonly skipped: number
}

/** Keys from `from`, inclusive, up to `to`, exclusive; undefined is open. */
export interface KeyRange {
  readonly from: string
  readonly to: string | undefined
}

export const WHOLE_RANGE: KeyRange = { from: '', to: undefined }

const BEGIN = loadSql('begin-run')
const ADVANCE: Statement = { name: 'advance-run', text: loadSql('advance-run') }
const FINISH = loadSql('finish-run')

/** Another process is at the same run. */
export class RunInProgressError extends Error {
  constructor({ kind, day, shard, shards }: RunKey) {
    super(
      `the ${kind} run of ${day} (shard ${shard} of ${shards}) is in progress in another process; wait for it, or end it`,
    )
    this.name = 'RunInProgressError'
  }
}

/** Runs of the aggregator: one process at a time for each, known to everybody, taken up again after an interruption. */
export class RunStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Runs `work` while holding the run's lock, which the database gives back when this process dies. Throws `RunInProgressError`. */
  async exclusively<T>(key: RunKey, work: () => Promise<T>): Promise<T> {
    const holder = await this.#pool.connect()
    try {
      await holder.query('set idle_session_timeout = 0')
      const name = `${key.kind} ${key.day} ${key.shard}/${key.shards}`
      const { rows } = await holder.query<{ held: boolean }>(
        "select pg_try_advisory_lock(hashtextextended(current_schema() || ' ' || $1, 0)) as held",
        [name],
      )
      if (rows[0]?.held !== true) throw new RunInProgressError(key)
      return await work()
    } finally {
      holder.release(true)
    }
  }

  async begin({ kind, day, shard, shards }: RunKey, options: unknown, resume: boolean): Promise<OpenRun> {
    const { rows } = await this.#pool.query<RunRow>(BEGIN, [kind, day, shard, shards, JSON.stringify(options), resume])
    const [row] = rows
    if (row === undefined) throw new Error('beginning a run gave no row')
    return { ...row, lastEntity: row.last_entity }
  }

  /** Part of the transaction that did the work. */
  async advance(
    client: PoolClient,
    id: string,
    lastEntity: string,
    done: { successful: number; failed: number; skipped: number },
  ): Promise<void> {
    await run(client, ADVANCE, [id, lastEntity, done.successful, done.failed, done.skipped])
  }

  async recordFailure(client: PoolClient, run: string, entity: string, error: string, attempts: number): Promise<void> {
    await client.query(
      'insert into mp_run_failure (run_id, entity, error, attempts) values ($1, $2, $3, $4) on conflict (run_id, entity) do update set error = excluded.error, attempts = excluded.attempts',
      [run, entity, error, attempts],
    )
  }

  async failures(
    run: string,
  ): Promise<readonly { readonly entity: string; readonly error: string; readonly attempts: number }[]> {
    const { rows } = await this.#pool.query(
      'select entity, error, attempts from mp_run_failure where run_id = $1 order by entity',
      [run],
    )
    return rows
  }

  async finish(run: string, state: 'succeeded' | 'failed' | 'interrupted', report: unknown): Promise<void> {
    await this.#pool.query(FINISH, [run, state, JSON.stringify(report)])
  }

  /** The keys that belong to a shard. Whoever asks first decides where the ranges begin, by today's keys; together they always cover all. */
  async rangeOf({ kind, day, shard, shards }: RunKey, rowTable: string): Promise<KeyRange> {
    if (shards === 1) return WHOLE_RANGE
    const fractions = Array.from({ length: shards - 1 }, (_, i) => (i + 1) / shards)
    await this.#pool.query(
      `insert into mp_run_range (kind, day, shards, starts)
       select $1, $2::date, $3::int, coalesce(percentile_disc($4::float8[]) within group (order by entity), '{}') from ${identifier(rowTable)}
       on conflict do nothing`,
      [kind, day, shards, fractions],
    )
    const { rows } = await this.#pool.query<{ from: string | null; to: string | null }>(
      'select starts[$3::int] as from, starts[$3::int + 1] as to from mp_run_range where kind = $1 and day = $2::date and shards = $4::int',
      [kind, day, shard, shards],
    )
    const [range] = rows
    return {
      from: shard === 0 ? '' : (range?.from ?? LAST_KEY),
      to: range?.to ?? (shard === shards - 1 ? undefined : LAST_KEY),
    }
  }
}

/** Sorts after every key: there is no such character. */
const LAST_KEY = '\u{10FFFF}'

interface RunRow {
  readonly id: string
  readonly resumed: boolean
  readonly last_entity: string | null
  readonly successful: number
  readonly failed: number
  readonly skipped: number
}
