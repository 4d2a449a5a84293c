import type { EventType, MetricSet } from '../../core/metric-sets/metric-set.ts'
import { inOneSnapshot } from './one-snapshot.ts'
import type { Pool, PoolClient } from './postgres-pool.ts'
import { eachOf, type RowBatch, readRowBatches } from './row-batches.ts'
import { RowComparison } from './row-comparison.ts'
import { type KeyRange, WHOLE_RANGE } from './run-store.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { missingBetweenRowsStatement, missingRowsStatement } from './set-sql/row-statements.ts'

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

/** Sessions that compare at the same time. */
const PARITY_SESSIONS = 2

export interface ParityOptions {
  /** The share of keys looked at, 0 to 1. */
  readonly sample: number
  readonly range?: KeyRange
  /** Told how many rows there were in the batches that are compared. */
  readonly onProgress?: (rows: number) => void
}

/** `findFaults` in numbers. */
export async function checkParity(pool: Pool, set: MetricSet, sample: number): Promise<ParityReport> {
  return reportOf(await findFaults(pool, set, { sample }))
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
 * is left out: it is going to be recomputed.
 */
export function findFaults(
  pool: Pool,
  set: MetricSet,
  { sample, range = WHOLE_RANGE, onProgress }: ParityOptions,
): Promise<ParityFindings> {
  return inOneSnapshot(pool, PARITY_SESSIONS, async (clients) => {
    const [client] = clients as [PoolClient]
    const batches = await readRowBatches(client, set, range)
    const comparison = new RowComparison(set, sample)
    const found = await eachOf(batches, clients, async (session, batch) => {
      const compared = await comparison.compare(session, batch)
      const missing = await missingBetween(session, set, batch)
      onProgress?.(batch.rows)
      return { ...compared, missing }
    })
    return {
      compared: found.reduce((sum, { compared }) => sum + compared, 0),
      mismatched: found.flatMap(({ mismatched }) => mismatched),
      missing: [...found.flatMap(({ missing }) => missing), ...(await missingElsewhere(client, set, range, batches))],
      overdue: await entitiesOf(client, overdueText(set), rangeKeys(range)),
    }
  })
}

interface KeyedTypes {
  readonly ours: readonly EventType[]
  readonly existing: readonly EventType[]
}

/** The types whose facts name their entity themselves, by where these facts are: in tables of ours, or in existing ones. */
function keyedTypes(set: MetricSet): KeyedTypes {
  const keyed = set.events.filter((type) => type.ignore === undefined && type.entity !== undefined)
  return {
    ours: keyed.filter(({ table }) => table === undefined),
    existing: keyed.filter(({ table }) => table !== undefined),
  }
}

async function missingBetween(client: PoolClient, set: MetricSet, batch: RowBatch): Promise<readonly string[]> {
  const { ours } = keyedTypes(set)
  if (ours.length === 0) return []
  return entitiesOf(client, missingBetweenRowsStatement(set, ours), [batch.first, batch.next ?? batch.last])
}

/** Those before the first row and behind the last one, and all whose facts lie in existing tables. */
async function missingElsewhere(
  client: PoolClient,
  set: MetricSet,
  range: KeyRange,
  batches: readonly RowBatch[],
): Promise<readonly string[]> {
  const { ours, existing } = keyedTypes(set)
  const [first, last] = [batches[0]?.first, batches.at(-1)?.last]
  const [from, to] = rangeKeys(range)
  const around =
    first === undefined || last === undefined
      ? [[from, to]]
      : [
          [from, first],
          [last, to],
        ]
  const asked = [
    ...(existing.length === 0 ? [] : [{ types: existing, keys: [from, to] }]),
    ...(ours.length === 0 ? [] : around.map((keys) => ({ types: ours, keys }))),
  ]
  const missing: string[] = []
  for (const { types, keys } of asked)
    missing.push(...(await entitiesOf(client, missingRowsStatement(set, types), keys)))
  return missing
}

function rangeKeys({ from, to }: KeyRange): readonly [string, string | null] {
  return [from, to ?? null]
}

async function entitiesOf(
  client: PoolClient,
  text: string,
  keys: readonly (string | null)[],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ entities: string[] }>(text, [...keys])
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
