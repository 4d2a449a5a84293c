/** A source of N streams, each with all event types of the pipeline and one owner at a time. */
export interface ShardedSource {
  readonly prefix: string
  /** N. */
  readonly shards: number
}

/** Braces make a hash tag: Redis Cluster keeps all that belongs to one shard in one slot. */
export function shardStream(prefix: string, shard: number): string {
  return `${prefix}:{${shard}}`
}

export function shardStreams({ prefix, shards }: ShardedSource): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => shardStream(prefix, shard))
}

/** Where Redis remembers for how many shards the streams were made. */
export function shardCountKey(prefix: string): string {
  return `${prefix}:shards`
}
