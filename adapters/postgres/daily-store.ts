import type { Pool, PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { type Day, monthOf, startOfDay } from '../../core/time/calendar.ts'
import type { Instant } from '../../core/time/instant.ts'
import { textArray } from './array-literal.ts'
import { instants } from './evaluator.ts'
import { type Compared, perTenThousand } from './row-comparison.ts'
import type { KeyRange } from './run-store.ts'
import { dailyTable, identifier, literal, rowTable } from './set-sql/identifiers.ts'
import { clearDailyStatement, dailyStatement } from './set-sql/row-statements.ts'
import { dailyPartitionStatement } from './set-sql/set-tables.ts'
import { run, type Statement } from './statement-cache.ts'

export interface DailyBatch {
  readonly run: string
  readonly day: Day
  readonly entities: readonly string[]
  readonly includeInactive: boolean
}

export interface DailyCounts {
  /** Rows written. */
  readonly stored: number
  /** Entities left out because they are inactive. */
  readonly inactive: number
}

/** What the daily rows of a range told of its live rows. */
export interface LiveRowsCompared extends Compared {
  /** Those that have to be recomputed at their own as-of. */
  readonly apart: readonly string[]
}

/** 42P07 duplicate_table, 23505 unique_violation (of the catalogue). */
const ALREADY_THERE = new Set(['42P07', '23505'])

/** Reads whom a daily run covers, and writes the run's rows. */
export class DailyStore {
  readonly #pool: Pool
  readonly #set: MetricSet
  readonly #byRange: Statement
  readonly #byList: Statement
  readonly #clearRange: Statement
  readonly #clearList: Statement
  readonly #firstEntities: Statement
  readonly #nextEntities: Statement

  constructor(pool: Pool, set: MetricSet) {
    this.#pool = pool
    this.#set = set
    this.#byRange = { name: 'daily-range', text: dailyStatement(set, 'range').text }
    this.#firstEntities = { name: 'first-entities', text: entitiesText(set, '>=') }
    this.#nextEntities = { name: 'next-entities', text: entitiesText(set, '>') }
    this.#byList = { name: 'daily-list', text: dailyStatement(set, 'entities').text }
    this.#clearRange = { name: 'clear-daily-range', text: clearDailyStatement(set, 'range') }
    this.#clearList = { name: 'clear-daily-list', text: clearDailyStatement(set, 'entities') }
  }

  /** The next entities after a key, in key order: all that have a row or are about to. */
  async entitiesAfter(after: string | null, range: KeyRange, limit: number): Promise<readonly string[]> {
    const statement = after === null ? this.#firstEntities : this.#nextEntities
    const { rows } = await run<{ entities: string[] }>(this.#pool, statement, [
      after ?? range.from,
      range.to ?? null,
      limit,
    ])
    return one(rows).entities
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
    const rows = identifier(rowTable(this.#set))
    const inRange = (alias: string) => `${alias}.entity >= $1 and ($2::text is null or ${alias}.entity < $2)`
    const counted = await this.#pool.query<{ count: number }>(
      `select (select count(*) from ${rows} r where ${inRange('r')})::int
            + (select count(*) from mp_mark m where ${inRange('m')} and not exists (select from ${rows} r where r.entity = m.entity))::int as count`,
      [range.from, range.to ?? null],
    )
    return counted.rows[0]?.count ?? 0
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
    const entities = textArray(batch.entities)
    const [, { rows }] = await Promise.all([
      run(client, this.#clearList, [batch.day, entities]),
      run<DailyCounts>(client, this.#byList, [entities, ...this.#parameters(batch)]),
    ])
    return one(rows)
  }

  /** The same for all there are between the first and the last of them, whose live rows are compared meanwhile: a sample of them, 0 to 1. */
  async writeRange(client: PoolClient, batch: DailyBatch, sample: number): Promise<DailyCounts & LiveRowsCompared> {
    const range = [batch.entities[0], batch.entities.at(-1)]
    const [, { rows }] = await Promise.all([
      run(client, this.#clearRange, [batch.day, ...range]),
      run<DailyCounts & LiveRowsCompared>(client, this.#byRange, [
        ...range,
        ...this.#parameters(batch),
        perTenThousand(sample),
      ]),
    ])
    return one(rows)
  }

  #parameters({ day, run: id, includeInactive }: DailyBatch): unknown[] {
    return [...instants(this.#set, startOfDay(day) as Instant), day, id, includeInactive]
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

/**
 * $1 the key to begin at or behind, $2 the key to end before or null, $3 how many at most. One value in place of a row for each: a client
 * makes an object of every row.
 */
function entitiesText(set: MetricSet, begin: '>=' | '>'): string {
  const keys = `entity ${begin} $1 and ($2::text is null or entity < $2) order by entity limit $3`
  return `select coalesce(json_agg(entity order by entity), '[]') as entities from (
    select entity from (
     (select entity from ${identifier(rowTable(set))} where ${keys}) union (select entity from mp_mark where ${keys})
    ) known order by entity limit $3
  ) next`
}

function one<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('a statement of the daily run gave no row')
  return row
}
