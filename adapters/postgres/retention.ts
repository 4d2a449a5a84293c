import type { Pool } from 'pg'
import type { EventType, MetricSet } from '../../core/metric-sets/metric-set.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { factSource } from './set-sql/fact-source.ts'
import { factColumn, factTable, identifier } from './set-sql/identifiers.ts'
import { hasOwnTable } from './set-sql/set-tables.ts'

/** Rows per delete: short transactions, short locks. */
const DELETED_AT_ONCE = 20_000

export interface Removed {
  readonly facts: number
  readonly deadLetters: number
}

/**
 * Removes what no window can reach any more: facts dated before `oldestFact` (those that others refer to go last), tombstones and forgotten
 * references as old; and dead letters and quality counts older than `oldestLetter`. No row changes by it.
 */
export async function removeExpired(
  pool: Pool,
  set: MetricSet,
  oldestFact: Instant,
  oldestLetter: Instant,
): Promise<Removed> {
  let facts = 0
  for (const type of set.events.filter(hasOwnTable).toReversed()) {
    for (const condition of expiryConditions(type))
      facts += await deleteWhere(pool, factTable(type), 'id', condition, oldestFact)
  }
  await deleteWhere(pool, 'mp_unresolved_reference', 'reference', 't.first_seen_at < $1::timestamptz', oldestFact)
  const deadLetters = await deleteWhere(pool, 'mp_dead_letter', 'id', 't.created_at < $1::timestamptz', oldestLetter)
  await deleteWhere(pool, 'mp_quality_count', 'day', 't.day < ($1::timestamptz)::date', oldestLetter)
  return { facts, deadLetters }
}

function expiryConditions(type: EventType): readonly string[] {
  const tombstones =
    type.version === undefined || type.version.type === 'timestamp'
      ? ['t.deleted and t.version < (extract(epoch from $1::timestamptz) * 1000000)::bigint']
      : []
  if (type.at === undefined) return tombstones
  if (type.at.through === 'own') return ['t.at < $1::timestamptz', ...tombstones]
  const referenced = type.reference?.event as EventType
  const at = identifier(factColumn(referenced, type.at.field))
  return [
    `exists (select from ${factSource(referenced)} r where r.id = t.reference and r.${at} < $1::timestamptz)`,
    ...tombstones,
  ]
}

async function deleteWhere(
  pool: Pool,
  table: string,
  key: string,
  condition: string,
  before: Instant,
): Promise<number> {
  const name = identifier(table)
  const text = `delete from ${name} where ctid = any(array(select t.ctid from ${name} t where ${condition} order by t.${identifier(key)} limit ${DELETED_AT_ONCE}))`
  for (let removed = 0; ; ) {
    const { rowCount } = await pool.query(text, [formatInstant(before)])
    removed += rowCount ?? 0
    if ((rowCount ?? 0) < DELETED_AT_ONCE) return removed
  }
}
