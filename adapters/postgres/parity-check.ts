import type { Pool } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { inTransaction } from './postgres-pool.ts'
import type { KeyRange } from './run-store.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { missingRowsStatement, parityStatement } from './set-sql/row-statements.ts'

export interface ParityReport {
  readonly compared: number
  /** Rows that differ from their recomputation: none, ever. */
  readonly mismatches: number
  /** Entities with facts that have neither a row nor a mark. */
  readonly missing: number
  /** Rows whose next change lies more than five minutes back, without a mark. */
  readonly overdue: number
  /** The first of those at fault, at most 100. */
  readonly entities: readonly string[]
}

/** Sorts after every key. */
const LAST_KEY = '\u{10FFFF}'

/**
 * Compares live rows with a recomputation from the facts, each at its own as-of, to the last digit, in one snapshot. Whatever has a mark
 * is left out: it is going to be recomputed. `sample` is the share of keys looked at, 0 to 1.
 */
export function checkParity(
  pool: Pool,
  set: MetricSet,
  sample: number,
  range: KeyRange = { from: '', to: undefined },
): Promise<ParityReport> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    await client.query('set local statement_timeout = 0')
    const compared = await client.query<{ compared: number; mismatches: number; entities: string[] }>(
      parityStatement(set).text,
      [range.from, range.to ?? LAST_KEY, sample * 100],
    )
    const missing = await client.query<{ missing: number; entities: string[] }>(missingRowsStatement(set))
    const overdue = await client.query<{ overdue: number; entities: string[] }>(overdueText(set))
    const [row, gap, late] = [compared.rows[0], missing.rows[0], overdue.rows[0]]
    return {
      compared: row?.compared ?? 0,
      mismatches: row?.mismatches ?? 0,
      missing: gap?.missing ?? 0,
      overdue: late?.overdue ?? 0,
      entities: [...(row?.entities ?? []), ...(gap?.entities ?? []), ...(late?.entities ?? [])].slice(0, 100),
    }
  })
}

export function isClean({ mismatches, missing, overdue }: ParityReport): boolean {
  return mismatches === 0 && missing === 0 && overdue === 0
}

/** Where as-of follows the data, all rows fall due together when it moves, and have the same five minutes from then on. */
function overdueText(set: MetricSet): string {
  const overdue =
    set.asOf === 'EventTime'
      ? `exists (select from mp_as_of a where r.as_of < a.as_of and a.advanced_at < statement_timestamp() - interval '5 minutes')`
      : `r.next_change_at < statement_timestamp() - interval '5 minutes'`
  return `select coalesce((array_agg(entity))[1:100], '{}') as entities, count(*)::int as overdue from ${identifier(rowTable(set))} r
   where ${overdue} and not exists (select from mp_mark m where m.entity = r.entity)`
}
