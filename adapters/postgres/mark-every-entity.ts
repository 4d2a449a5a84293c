import type { PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { factSource } from './set-sql/fact-source.ts'
import { identifier, rowTable } from './set-sql/identifiers.ts'

/**
 * Marks whoever has a row or a mark (its row may be on the way, computed as before), and whoever existing tables know: no event may ever come
 * for those whose facts were there before the pipeline.
 */
export async function markEveryEntity(client: Pick<PoolClient, 'query'>, set: MetricSet): Promise<void> {
  const known = set.events
    .filter((type) => type.ignore === undefined && type.table !== undefined && type.entity !== undefined)
    .map((type) => `select entity from ${factSource(type)} facts where entity is not null`)
  await client.query(`insert into mp_mark as m (entity, version, first_dirty_at, last_dirty_at, published_at)
    select entity, nextval('mp_mark_version'), now(), now(), now()
      from (${[`select entity from ${identifier(rowTable(set))}`, 'select entity from mp_mark', ...known].join(' union ')}) known order by entity collate "C"
    on conflict (entity) do update set version = excluded.version, last_dirty_at = excluded.last_dirty_at`)
}
