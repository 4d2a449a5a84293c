import { shardStreams } from '../shards/shard-streams.ts'
import type { SourceSpec } from './spec.ts'

/** Every stream that the pipeline reads. */
export function streamsOf({ redisStreams: { streams, sharded } }: SourceSpec): readonly string[] {
  return sharded === undefined ? (streams ?? []) : shardStreams(sharded)
}
