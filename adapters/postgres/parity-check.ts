import type { EventType, MetricSet } from '../../core/metric-sets/metric-set.ts'
import { inOneSnapshot } from './one-snapshot.ts'
import { type ParityFindings, type ParityReport, reportOf } from './parity-report.ts'
import type { Pool, PoolClient } from './postgres-pool.ts'
import { eachOf, readRowBatches } from './row-batches.ts'
import { RowComparison } from './row-comparison.ts'
import { type KeyRange, WHOLE_RANGE } from './run-store.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'
import { missingBetweenRowsStatement, missingRowsStatement } from './set-sql/row-statements.ts'
import { run, statementOf } from './statement-cache.ts'

type Queryable = Pick<Pool, 'query'>

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
      const missing = await missingBetween(session, set, batch.first, batch.next ?? batch.last)
      onProgress?.(batch.rows)
      return { ...compared, missing }
    })
    return {
      compared: found.reduce((sum, { compared }) => sum + compared, 0),
      mismatched: found.flatMap(({ mismatched }) => mismatched),
      missing: [
        ...found.flatMap(({ missing }) => missing),
        ...(await missingAround(client, set, range, batches[0]?.first, batches.at(-1)?.last)),
      ],
      overdue: await findOverdue(client, set, range),
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

/** Those whose keys would lie between two that are there, as far as their facts lie in tables of ours. */
export async function missingBetween(
  client: PoolClient,
  set: MetricSet,
  first: string,
  last: string,
): Promise<readonly string[]> {
  const { ours } = keyedTypes(set)
  return ours.length === 0 ? [] : entitiesOf(client, missingBetweenRowsStatement(set, ours), [first, last])
}

/** Those of a range before its first key that is there and behind the last one, and all whose facts lie in existing tables. */
export async function missingAround(
  client: Queryable,
  set: MetricSet,
  range: KeyRange,
  first: string | undefined,
  last: string | undefined,
): Promise<readonly string[]> {
  const { ours, existing } = keyedTypes(set)
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

export function findOverdue(client: Queryable, set: MetricSet, range: KeyRange): Promise<readonly string[]> {
  return entitiesOf(client, overdueText(set), rangeKeys(range))
}

function rangeKeys({ from, to }: KeyRange): readonly [string, string | null] {
  return [from, to ?? null]
}

async function entitiesOf(
  client: Queryable,
  text: string,
  keys: readonly (string | null)[],
): Promise<readonly string[]> {
  const { rows } = await run<{ entities: string[] }>(client, statementOf('parity', text), [...keys])
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
