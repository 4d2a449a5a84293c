import { type ShardedSource, shardCountKey } from '../../core/shards/shard-streams.ts'
import type { RedisClient } from './redis-client.ts'

/** Streams were made for another number of shards: an entity's events would be spread over two of them. */
export class ShardCountError extends Error {
  constructor({ prefix, shards }: ShardedSource, recorded: string) {
    super(
      `the streams ${prefix}:{0} … were made for ${recorded} shards (${shardCountKey(prefix)}), and this pipeline declares ${shards}; ` +
        `write shards: ${recorded}, or give the pipeline another prefix`,
    )
    this.name = 'ShardCountError'
  }
}

/** Records for how many shards the streams are made, unless it is recorded already. Throws `ShardCountError` where that is another number. */
export async function declareShards(client: RedisClient, source: ShardedSource): Promise<void> {
  const key = shardCountKey(source.prefix)
  await client.set(key, source.shards, 'NX')
  const recorded = await client.get(key)
  if (recorded !== String(source.shards)) throw new ShardCountError(source, recorded ?? 'no')
}
