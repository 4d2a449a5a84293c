import type { Pool } from 'pg'
import { identifier, rowTable } from '../../adapters/postgres/set-sql/identifiers.ts'
import { rowColumns } from '../../adapters/postgres/set-sql/window-query.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { EntityRow } from '../../core/metrics/evaluate-entity.ts'
import type { Instant } from '../../core/time/instant.ts'

/** Everything that is computed of a row, to the last digit: instants in microseconds, numbers as the database prints them. */
export type ComputedColumns = Readonly<Record<string, string | null>>

export interface StoredRow {
  readonly entity: string
  readonly asOf: Instant
  readonly computed: ComputedColumns
}

/** The live rows, by entity. */
export async function storedRows(db: Pool, set: MetricSet): Promise<readonly StoredRow[]> {
  const { rows } = await db.query<{ entity: string; as_of: string; computed: (string | null)[] }>(
    `select entity, ${micros('as_of')} as as_of, ${computedSql(set)} from ${identifier(rowTable(set))} order by entity`,
  )
  return rows.map(({ entity, as_of, computed }) => ({ entity, asOf: Number(as_of), computed: named(set, computed) }))
}

/** The computed columns of whatever has them, by entity: a table, or a query in parentheses. */
export async function readComputed(
  db: Pool,
  set: MetricSet,
  relation: string,
  values: readonly unknown[] = [],
): Promise<ReadonlyMap<string, ComputedColumns>> {
  const { rows } = await db.query<{ entity: string; computed: (string | null)[] }>(
    `select entity, ${computedSql(set)} from ${relation} of_rows order by entity`,
    [...values],
  )
  return new Map(rows.map(({ entity, computed }) => [entity, named(set, computed)]))
}

/** What a row says that core has evaluated, in the columns of the database. */
export function columnsOf(set: MetricSet, { facts, nextChange, windows }: EntityRow): ComputedColumns {
  return named(set, [
    String(facts),
    nextChange === null ? null : String(nextChange),
    ...windows.flatMap((window) => [
      ...window.accumulators.map(String),
      ...window.metrics,
      ...(set.tiers === undefined ? [] : [window.flags, window.tier]),
    ]),
  ])
}

function computedSql(set: MetricSet): string {
  const texts = computedColumns(set).map((column) =>
    column === 'next_change_at' ? micros(column) : `${identifier(column)}::text`,
  )
  return `array[${texts.join(', ')}] as computed`
}

function named(set: MetricSet, values: readonly (string | null)[]): ComputedColumns {
  return Object.fromEntries(computedColumns(set).map((column, i) => [column, values[i] ?? null]))
}

function computedColumns(set: MetricSet): readonly string[] {
  return rowColumns(set).filter((column) => column !== 'entity')
}

function micros(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`
}
