import type { Pool, PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { type Day, monthOf, startOfDay } from '../../core/time/calendar.ts'
import type { Instant } from '../../core/time/instant.ts'
import { textArray } from './array-literal.ts'
import { instants } from './evaluator.ts'
import type { KeyRange } from './run-store.ts'
import { dailyTable, identifier, literal, rowTable } from './set-sql/identifiers.ts'
import { dailyStatement } from './set-sql/row-statements.ts'
import { dailyPartitionStatement } from './set-sql/set-tables.ts'
import { run, type Statement } from './statement-cache.ts'

export interface DailyBatch {
  readonly run: string
  readonly day: Day
  readonly entities: readonly string[]
  /** The entities are all there are between the first and the last of them. */
  readonly isRange: boolean
  readonly includeInactive: boolean
}

export interface DailyCounts {
  /** Rows written. */
  readonly stored: number
  /** Entities left out because they are inactive. */
  readonly inactive: number
}

/** 42P07 duplicate_table, 23505 unique_violation (of the catalogue). */
const ALREADY_THERE = new Set(['42P07', '23505'])

/** Reads whom a daily run covers, and writes the run's rows. */
export class DailyStore {
  readonly #pool: Pool
  readonly #set: MetricSet
  readonly #byRange: Statement
  readonly #byList: Statement

  constructor(pool: Pool, set: MetricSet) {
    this.#pool = pool
    this.#set = set
    this.#byRange = { name: 'daily-range', text: dailyStatement(set, 'range').text }
    this.#byList = { name: 'daily-list', text: dailyStatement(set, 'entities').text }
  }

  /** The next entities after a key, in key order: all that have a row or are about to. */
  async entitiesAfter(after: string | null, range: KeyRange, limit: number): Promise<readonly string[]> {
    const lower = after === null ? 'entity >= $1' : 'entity > $1'
    const { rows } = await this.#pool.query<{ entity: string }>(
      `select entity from (
         (select entity from ${identifier(rowTable(this.#set))} where ${lower} and ($2::text is null or entity < $2) order by entity limit $3)
         union
         (select entity from mp_mark where ${lower} and ($2::text is null or entity < $2) order by entity limit $3)
       ) known order by entity limit $3`,
      [after ?? range.from, range.to ?? null, limit],
    )
    return rows.map((row) => row.entity)
  }

  /** Which of these entities exist. */
  async known(entities: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ entity: string }>(
      `select entity from ${identifier(rowTable(this.#set))} where entity = any($1::text[]) union select entity from mp_mark where entity = any($1::text[]) order by 1`,
      [textArray(entities)],
    )
    return rows.map((row) => row.entity)
  }

  /** How many entities a range holds, for the progress bar. */
  async count(range: KeyRange): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count from (
         select entity from ${identifier(rowTable(this.#set))} where entity >= $1 and ($2::text is null or entity < $2)
         union select entity from mp_mark where entity >= $1 and ($2::text is null or entity < $2)
       ) known`,
      [range.from, range.to ?? null],
    )
    return rows[0]?.count ?? 0
  }

  /** Make the month's partition, unless it is there. */
  async ensurePartition(day: Day): Promise<void> {
    await this.#createPartition(this.#pool, day).catch((error: { code?: string }) => {
      if (!ALREADY_THERE.has(error.code ?? '')) throw error // another shard made it at the same moment
    })
  }

  /** The same inside a transaction, which a dry run rolls back. */
  async ensurePartitionIn(client: PoolClient, day: Day): Promise<void> {
    await this.#createPartition(client, day)
  }

  async #createPartition(client: Pick<PoolClient, 'query'>, day: Day): Promise<void> {
    const { first, next } = monthOf(day)
    await client.query(dailyPartitionStatement(this.#set, first, next))
  }

  /** Write (or replace) the day's rows of some entities. */
  async write(client: PoolClient, batch: DailyBatch): Promise<DailyCounts> {
    const asOf = startOfDay(batch.day) as Instant
    const scope = batch.isRange ? [batch.entities[0], batch.entities.at(-1)] : [textArray(batch.entities)]
    const statement = batch.isRange ? this.#byRange : this.#byList
    const { rows } = await run<{ stored: number; inactive: number }>(client, statement, [
      ...scope,
      ...instants(this.#set, asOf),
      batch.day,
      batch.run,
      batch.includeInactive,
    ])
    return { stored: rows[0]?.stored ?? 0, inactive: rows[0]?.inactive ?? 0 }
  }

  /**
   * Drops every month of daily rows that lies wholly before a day, and the older days of the month it is in; never the month of `keep`.
   * Gives the number of rows removed.
   */
  async removeBefore(day: Day, keep: Day): Promise<number> {
    const table = dailyTable(this.#set)
    const { rows } = await this.#pool.query<{ partition: string; month: string }>(
      `select c.relname as partition, to_date(right(c.relname, 7), 'YYYY_MM')::text as month
         from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ${literal(identifier(table))}::regclass order by 1`,
    )
    let removed = 0
    for (const { partition, month } of rows) {
      if (monthOf(month).next <= day && monthOf(keep).first !== month) removed += await this.#drop(partition)
    }
    const rest = await this.#pool.query(`delete from ${identifier(table)} where day < $1::date and day <> $2::date`, [
      day,
      keep,
    ])
    return removed + (rest.rowCount ?? 0)
  }

  async #drop(partition: string): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count from ${identifier(partition)}`,
    )
    await this.#pool.query(`drop table ${identifier(partition)}`)
    return rows[0]?.count ?? 0
  }
}
