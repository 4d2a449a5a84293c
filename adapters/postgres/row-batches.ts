import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { PoolClient } from './postgres-pool.ts'
import type { KeyRange } from './run-store.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'

/** Live rows with neighbouring keys. */
export interface RowBatch {
  readonly first: string
  readonly last: string
  /** The first key of the next batch; null when this is the last one. */
  readonly next: string | null
  readonly rows: number
}

/** So many rows make a batch: enough to be worth a round trip, few enough to stay in the server's working memory. */
const ROWS_AT_ONCE = 1_000

/** One batch where facts lie in existing tables: one that no index leads into would be read from end to end for each. */
export async function readRowBatches(
  client: PoolClient,
  set: MetricSet,
  { from, to }: KeyRange,
): Promise<readonly RowBatch[]> {
  const size = set.events.some(({ table }) => table !== undefined) ? Number.MAX_SAFE_INTEGER : ROWS_AT_ONCE
  const { rows } = await client.query<RowBatch>(
    `select first, last, lead(first) over (order by first) as next, rows from (
       select min(entity) as first, max(entity) as last, count(*)::int as rows from (
         select entity, (row_number() over (order by entity) - 1) / $3::bigint as batch
           from ${identifier(rowTable(set))} where entity >= $1 and ($2::text is null or entity < $2)
       ) numbered group by batch
     ) batches order by first`,
    [from, to ?? null, size],
  )
  return rows
}

/** Hands items to sessions, each as soon as one is free; results in the order of the items. When one fails, no further one is begun. */
export async function eachOf<T, R>(
  items: readonly T[],
  clients: readonly PoolClient[],
  work: (client: PoolClient, item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const waiting = [...items.entries()].reverse()
  const lanes = clients.map(async (client) => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [place, item] = next
      try {
        results[place] = await work(client, item)
      } catch (error) {
        waiting.length = 0
        throw error
      }
    }
  })
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason
  return results
}
