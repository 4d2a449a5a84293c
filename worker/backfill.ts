import { readDatabaseClock } from '../adapters/postgres/database-clock.ts'
import { Evaluator } from '../adapters/postgres/evaluator.ts'
import { FactStore } from '../adapters/postgres/fact-store.ts'
import { markEveryEntity } from '../adapters/postgres/mark-every-entity.ts'
import { openPostgresPool, type Pool } from '../adapters/postgres/postgres-pool.ts'
import { requireCurrentRevision, SupersededError } from '../adapters/postgres/revision-store.ts'
import { StreamFaultStore } from '../adapters/postgres/stream-fault-store.ts'
import { Scope } from '../adapters/process/scope.ts'
import { type EntryRange, readRange } from '../adapters/redis/read-range.ts'
import { connectRedis } from '../adapters/redis/redis-client.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import { revisionSource } from '../core/pipeline/revision-source.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import { BatchCommitter, type Commit } from './batch-committer.ts'
import { contextSource } from './create-context.ts'
import { prepareBatch } from './prepare-batch.ts'

export interface BackfillOptions extends EntryRange {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly streams: readonly string[]
  /** Mark every entity too, so that each row is computed anew. */
  readonly markAll: boolean
  /** Reads and judges, writes nothing. */
  readonly dryRun: boolean
  readonly log: Logger
  readonly onProgress: (read: number) => void
}

/** What became of the entries that a backfill read. */
export interface BackfillSummary {
  readonly read: number
  readonly persisted: number
  readonly marked: number
  readonly duplicate: number
  readonly stale: number
  readonly ignored: number
  readonly deadLettered: number
  /** Faults of the streams that are made up for, as far as their entries were still to be had. */
  readonly faultsHealed: number
  readonly interrupted: boolean
}

type Counts = {
  -readonly [Name in 'read' | 'persisted' | 'marked' | 'duplicate' | 'stale' | 'ignored' | 'deadLettered']: number
}

const CONNECTIONS = 2
const WRITER = 'backfill'

/**
 * Reads entries that streams still hold once more, whatever consumer groups did with them, and commits them as workers do. Facts that are
 * known already are duplicates, so doing it twice, or beside running workers, changes nothing. Notes no position: those are the workers'.
 *
 * Throws `MigrateError` when the schema is not migrated to the pipeline's definition, `SupersededError` when it is past it.
 */
export async function backfill(options: BackfillOptions, stop: AbortSignal): Promise<BackfillSummary> {
  const { pipeline, log } = options
  const { database, metrics } = pipeline.pipeline.spec
  const scope = new Scope()
  try {
    const pool = scope.use(
      await openPostgresPool({
        url: options.databaseUrl,
        schema: database.schema,
        applicationName: 'metrics-pipeline backfill',
        maxConnections: CONNECTIONS,
        onError: (error) => log.warn({ error }, 'an idle database connection was lost'),
      }),
      (opened) => opened.end(),
    )
    const { revision } = await requireCurrentRevision(
      pool,
      database.schema,
      revisionSource(metrics, pipeline.definition),
    )
    const counts = await readAgain(options, pool, revision, stop)
    if (options.dryRun || stop.aborted) return { ...counts, faultsHealed: 0, interrupted: stop.aborted }
    if (options.markAll) await markEveryEntity(pool, pipeline.metricSet)
    const isWhole = options.fromMs === undefined && options.toMs === undefined // a part makes up for what it holds alone
    const faultsHealed = isWhole ? await new StreamFaultStore(pool, pipeline.metricSet).heal(options.streams) : 0
    return { ...counts, faultsHealed, interrupted: false }
  } finally {
    await scope.close()
  }
}

async function readAgain(options: BackfillOptions, pool: Pool, revision: number, stop: AbortSignal): Promise<Counts> {
  const { pipeline, redisUrl, streams, dryRun, log, onProgress } = options
  const set = pipeline.metricSet
  const counts: Counts = { read: 0, persisted: 0, marked: 0, duplicate: 0, stale: 0, ignored: 0, deadLettered: 0 }
  const now =
    (await new Evaluator(pool, set, revision).readAsOf()) ??
    (set.asOf === 'Clock' ? await readDatabaseClock(pool) : undefined)
  const context = contextSource({ set, now: () => now, positionsOf: () => ({ consumer: WRITER, positions: [] }) })
  const committer = new BatchCommitter({
    store: new FactStore(pool, set, revision),
    context,
    onFenced: () => undefined, // no shard is held, so none can be lost
    metrics: new WorkerMetrics(),
    log,
    random: Math.random,
  })
  const client = await connectRedis(redisUrl, (error) => log.warn({ error }, 'the connection to Redis failed'))
  try {
    for (const stream of streams) {
      for await (const entries of readRange(client, stream, options, pipeline.pipeline.spec.workers.batchSize)) {
        if (stop.aborted) return counts
        const commits = dryRun ? [] : await committer.commit(prepareBatch(entries, context()), stop)
        if (commits.some(({ kind }) => kind === 'superseded')) throw new SupersededError(revision)
        count(counts, entries, commits)
        onProgress(counts.read)
      }
    }
    return counts
  } finally {
    client.disconnect()
  }
}

function count(counts: Counts, entries: readonly StreamEntry[], commits: readonly Commit[]): void {
  counts.read += entries.length
  for (const commit of commits) {
    if (commit.kind !== 'committed') continue
    counts.persisted += commit.counts.persisted
    counts.marked += commit.counts.marked
    counts.duplicate += commit.counts.duplicate
    counts.stale += commit.counts.stale
    counts.ignored += commit.prepared.ignored
    counts.deadLettered += commit.prepared.batch.deadLetters.length
  }
}
