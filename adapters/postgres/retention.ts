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

/** What is older than these instants goes. Facts age by the pipeline's as-of, which may follow the data; all else by the database's clock. */
export interface Oldest {
  readonly fact: Instant
  readonly reference: Instant
  readonly letter: Instant
}

/**
 * Removes what no window can reach any more: facts (those that others refer to go last), tombstones and references that nothing came for;
 * and dead letters and quality counts. No live row changes by it.
 */
export async function removeExpired(pool: Pool, set: MetricSet, oldest: Oldest): Promise<Removed> {
  let facts = 0
  for (const type of set.events.filter(hasOwnTable).toReversed()) {
    const [dated, tombstone] = [datedBefore(type), tombstoneBefore(type)]
    if (dated !== undefined)
      facts += await deleteWhere(pool, factTable(type), 'id', dated, oldest.fact, { noted: true })
    if (tombstone !== undefined) facts += await deleteWhere(pool, factTable(type), 'id', tombstone, oldest.fact)
  }
  const unresolved = 't.first_seen_at < $1::timestamptz'
  await deleteWhere(pool, 'mp_unresolved_reference', 'reference', unresolved, oldest.reference)
  const deadLetters = await deleteWhere(pool, 'mp_dead_letter', 'id', 't.created_at < $1::timestamptz', oldest.letter)
  await deleteWhere(pool, 'mp_quality_count', 'day', 't.day < ($1::timestamptz)::date', oldest.letter)
  return { facts, deadLetters }
}

/** The instant before which facts were removed; undefined while none ever was. A day whose windows begin earlier cannot be computed any more. */
export async function readFactsSince(pool: Pool): Promise<Instant | undefined> {
  const { rows } = await pool.query<{ since: string | null }>(
    'select (extract(epoch from facts_since) * 1000000)::bigint::text as since from mp_retention',
  )
  const since = rows[0]?.since
  return since === null || since === undefined ? undefined : Number(since)
}

function datedBefore(type: EventType): string | undefined {
  if (type.at === undefined) return undefined
  if (type.at.through === 'own') return 't.at < $1::timestamptz'
  const referenced = type.reference?.event as EventType
  const at = identifier(factColumn(referenced, type.at.field))
  return `exists (select from ${factSource(referenced)} r where r.id = t.reference and r.${at} < $1::timestamptz)`
}

/** Versions that are numbers of the producer's own tell no age. */
function tombstoneBefore(type: EventType): string | undefined {
  if (type.version !== undefined && type.version.type !== 'timestamp') return undefined
  return 't.deleted and t.version < (extract(epoch from $1::timestamptz) * 1000000)::bigint'
}

async function deleteWhere(
  pool: Pool,
  table: string,
  key: string,
  condition: string,
  before: Instant,
  { noted = false } = {},
): Promise<number> {
  const name = identifier(table)
  const text = `with removed as (
  delete from ${name} where ctid = any(array(select t.ctid from ${name} t where ${condition} order by t.${identifier(key)} limit ${DELETED_AT_ONCE})) returning 1
)${noted ? NOTE_FACTS_SINCE : ''}
select count(*)::int as count from removed`
  for (let removed = 0; ; ) {
    const { rows } = await pool.query<{ count: number }>(text, [formatInstant(before)])
    const count = rows[0]?.count ?? 0
    removed += count
    if (count < DELETED_AT_ONCE) return removed
  }
}

/** In the statement that removes the facts, so that no crash can part the two. */
const NOTE_FACTS_SINCE = `,
noted as (
  update mp_retention set facts_since = greatest(facts_since, $1::timestamptz) where exists (select from removed)
)`
