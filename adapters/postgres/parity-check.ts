import type { Pool, PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { judgePostgresError } from './postgres-error.ts'
import { inTransaction } from './postgres-pool.ts'
import { type KeyRange, WHOLE_RANGE } from './run-store.ts'
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

/** Everybody at fault, by fault. */
export interface ParityFindings {
  readonly compared: number
  readonly mismatched: readonly string[]
  readonly missing: readonly string[]
  readonly overdue: readonly string[]
}

const ENTITIES_NAMED = 100

/** `findFaults` in numbers. */
export async function checkParity(pool: Pool, set: MetricSet, sample: number, range?: KeyRange): Promise<ParityReport> {
  return reportOf(await findFaults(pool, set, sample, range))
}

export function reportOf({ compared, mismatched, missing, overdue }: ParityFindings): ParityReport {
  return {
    compared,
    mismatches: mismatched.length,
    missing: missing.length,
    overdue: overdue.length,
    entities: [...mismatched, ...missing, ...overdue].slice(0, ENTITIES_NAMED),
  }
}

export function isClean({ mismatches, missing, overdue }: ParityReport): boolean {
  return mismatches === 0 && missing === 0 && overdue === 0
}

/**
 * Compares live rows with a recomputation from the facts, each at its own as-of, to the last digit, in one snapshot. Whatever has a mark
 * is left out: it is going to be recomputed. `sample` is the share of keys looked at, 0 to 1.
 */
export function findFaults(
  pool: Pool,
  set: MetricSet,
  sample: number,
  range: KeyRange = WHOLE_RANGE,
): Promise<ParityFindings> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    await client.query('set local statement_timeout = 0')
    const { compared, entities } = await compareRows(client, set, sample, range)
    return {
      compared,
      mismatched: entities,
      missing: await entitiesOf(client, missingRowsStatement(set), range),
      overdue: await entitiesOf(client, overdueText(set), range),
    }
  })
}

interface Compared {
  readonly compared: number
  readonly entities: readonly string[]
}

/** Where the database cannot recompute a row at all, that row alone is at fault: the range is halved until it stands alone. */
async function compareRows(client: PoolClient, set: MetricSet, sample: number, range: KeyRange): Promise<Compared> {
  await client.query('savepoint comparison')
  try {
    const { rows } = await client.query<Compared>(parityStatement(set).text, [
      range.from,
      range.to ?? null,
      sample * 100,
    ])
    await client.query('release savepoint comparison')
    return rows[0] ?? { compared: 0, entities: [] }
  } catch (error) {
    if (judgePostgresError(error) !== 'data') throw error
    await client.query('rollback to savepoint comparison')
    return compareHalves(client, set, sample, range)
  }
}

async function compareHalves(client: PoolClient, set: MetricSet, sample: number, range: KeyRange): Promise<Compared> {
  const { rows } = await client.query<{ middle: string; count: number }>(
    `select percentile_disc(0.5) within group (order by entity desc) as middle, count(*)::int as count
       from ${identifier(rowTable(set))} where entity >= $1 and ($2::text is null or entity < $2)`,
    [range.from, range.to ?? null],
  )
  const { middle, count } = rows[0] ?? { middle: range.from, count: 0 }
  if (count <= 1) return { compared: count, entities: [middle] }
  const first = await compareRows(client, set, sample, { from: range.from, to: middle })
  const second = await compareRows(client, set, sample, { from: middle, to: range.to })
  return { compared: first.compared + second.compared, entities: [...first.entities, ...second.entities] }
}

async function entitiesOf(client: PoolClient, text: string, range: KeyRange): Promise<readonly string[]> {
  const { rows } = await client.query<{ entities: string[] }>(text, [range.from, range.to ?? null])
  return rows[0]?.entities ?? []
}

/** Where as-of follows the data, all rows fall due together when it moves, and have the same five minutes from then on. */
function overdueText(set: MetricSet): string {
  const overdue =
    set.asOf === 'EventTime'
      ? `exists (select from mp_as_of a where r.as_of < a.as_of and a.advanced_at < statement_timestamp() - interval '5 minutes')`
      : `r.next_change_at < statement_timestamp() - interval '5 minutes'`
  return `select coalesce(array_agg(entity order by entity), '{}') as entities from ${identifier(rowTable(set))} r
   where ${overdue} and entity >= $1 and ($2::text is null or entity < $2)
     and not exists (select from mp_mark m where m.entity = r.entity)`
}
