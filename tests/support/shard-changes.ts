import type { PipelineOnServers } from './pipeline-on-servers.ts'

/** How often shards have changed hands. */
export async function shardChanges(shops: PipelineOnServers): Promise<number> {
  const { rows } = await shops.db.query<{ changes: number }>('select sum(fencing_token)::int as changes from mp_shard')
  return rows[0]?.changes ?? 0
}
