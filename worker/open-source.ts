import type { Pool } from '../adapters/postgres/postgres-pool.ts'
import { ShardStore } from '../adapters/postgres/shard-store.ts'
import { StreamFaultStore } from '../adapters/postgres/stream-fault-store.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { RedisEventStream } from '../adapters/redis/redis-event-stream.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import { StreamWatch } from './stream-watch.ts'

export interface SourceOptions {
  readonly pipeline: LoadedPipeline
  readonly redisUrl: ConnectionUrl
  readonly consumer: string
  readonly pool: Pool
  /** For what cannot wait until `pool` has a connection. */
  readonly leasePool: Pool
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

/** Where a worker's events come from. */
export interface OpenSource {
  readonly stream: RedisEventStream
  readonly watch: StreamWatch
  /** Undefined where the streams are plain ones, which all workers share. */
  readonly shards: ShardStore | undefined
}

/** One consumer for all owners of shards: a new owner finds its predecessor's pending entries as its own. */
const SHARD_CONSUMER = 'shards'

/** How long a blocking read waits; also how soon a claim that is due is made on an idle stream. */
const BLOCK_MS = 1_000

/** Connected, with every group and shard made that was not there. Throws `ShardCountError`, `ShardsChangedError`, or what the server says. */
export async function openSource({
  pipeline,
  redisUrl,
  consumer,
  pool,
  leasePool,
  metrics,
  log,
}: SourceOptions): Promise<OpenSource> {
  const { startFrom, sharded } = pipeline.pipeline.spec.source.redisStreams
  const { streams, consumerGroup, claimIdleMs } = pipeline.settings
  const stream = new RedisEventStream({
    url: redisUrl,
    group: consumerGroup,
    consumer: sharded === undefined ? consumer : SHARD_CONSUMER,
    sharded,
    streams,
    batchSize: pipeline.pipeline.spec.workers.batchSize,
    blockMs: BLOCK_MS,
    claimIdleMs,
    startFrom,
    onEvent: (event) => {
      log.warn(event, 'stream event')
      if (event.event === 'entries-deleted') {
        metrics.entriesLost.inc(event.count)
        noteFault(event.stream, event.event, `${event.count} pending entries were deleted`)
      }
      if (event.event === 'group-recreated') noteFault(event.stream, event.event, 'the consumer group was gone')
    },
  })
  const watch = new StreamWatch({ stream, store: new StreamFaultStore(pool, pipeline.metricSet), metrics, log })
  const noteFault = (...fault: Parameters<StreamWatch['note']>) => {
    watch.note(...fault).catch((error: unknown) => log.warn({ error }, 'a fault of a stream could not be noted'))
  }
  try {
    await stream.open()
    return { stream, watch, shards: sharded === undefined ? undefined : await openShards(leasePool, consumer, streams) }
  } catch (error) {
    await stream.close()
    throw error
  }
}

async function openShards(pool: Pool, consumer: string, streams: readonly string[]): Promise<ShardStore> {
  const store = new ShardStore(pool, consumer)
  await store.ensure(streams)
  return store
}
