import { Redis } from 'ioredis'
import pg from 'pg'
import { expect } from 'vitest'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { countOpenWork } from '../../adapters/postgres/open-work.ts'
import { checkParity } from '../../adapters/postgres/parity-check.ts'
import type { ParityReport } from '../../adapters/postgres/parity-report.ts'
import { identifier, rowTable } from '../../adapters/postgres/set-sql/identifiers.ts'
import { encodeEvent, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { infoRecord } from '../../adapters/redis/info-record.ts'
import type { RedisClient } from '../../adapters/redis/redis-client.ts'
import { sendTogether } from '../../adapters/redis/send-together.ts'
import { createLogger } from '../../adapters/telemetry/create-logger.ts'
import { OUTCOMES, type Outcome } from '../../adapters/telemetry/worker-metrics.ts'
import { migratePipeline } from '../../cli/migrate-pipeline.ts'
import { routerOf } from '../../core/shards/route-pipeline.ts'
import { createWorker, type Worker, type WorkerOptions } from '../../worker/create-worker.ts'
import { eventually } from './eventually.ts'
import { parseMetricsText } from './metrics-text.ts'
import { freshDatabase, freshRedis } from './servers.ts'

export type Row = Readonly<Record<string, unknown>>

export interface StoredLetter {
  readonly stream: string
  readonly entry_id: string
  readonly event_type: string | null
  readonly reason: string
  readonly details: readonly string[]
  readonly attempts: number
  /** The entry as a JSON array: name, value, name, value. */
  readonly raw: Buffer
}

/** What workers counted: `read` is to be the sum of all others. */
export type EntryCounts = { readonly read: number } & { readonly [outcome in Outcome]: number }

/** Servers that are not given: a database of its own on each of the shared ones. */
export interface PipelineServers {
  readonly databaseUrl?: string
  readonly redisUrl?: string
  /** Default: a client of the server at `redisUrl`. */
  readonly redis?: RedisClient
  /** SQL to run before the migration. */
  readonly prepare?: string
}

interface GroupInfo {
  readonly pending: number
  readonly lastDelivered: string
}

/** A migrated pipeline on servers of a test, with its workers in this process. Disposing of it stops and drops everything. */
export class PipelineOnServers implements AsyncDisposable {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly db: pg.Pool
  readonly redis: RedisClient
  readonly #resources: AsyncDisposableStack
  readonly #workers: Worker[] = []

  private constructor(
    resources: AsyncDisposableStack,
    pipeline: LoadedPipeline,
    databaseUrl: string,
    redisUrl: string,
    redis: RedisClient,
  ) {
    this.pipeline = pipeline
    this.databaseUrl = databaseUrl
    this.redisUrl = redisUrl
    this.#resources = resources
    const { schema } = pipeline.pipeline.spec.database
    this.db = new pg.Pool({ connectionString: databaseUrl, max: 3, options: `-c search_path="${schema}"` })
    this.db.on('error', () => undefined) // tests end sessions at will
    this.redis = redis
    this.redis.on('error', () => undefined)
    resources.defer(() => this.db.end())
    resources.defer(() => this.redis.disconnect())
  }

  static async open(pipeline: LoadedPipeline, given: PipelineServers = {}): Promise<PipelineOnServers> {
    const resources = new AsyncDisposableStack()
    try {
      const databaseUrl = given.databaseUrl ?? resources.use(await freshDatabase()).url
      const redisUrl = given.redisUrl ?? resources.use(await freshRedis()).url
      if (given.prepare !== undefined) await runSql(databaseUrl, given.prepare)
      await migratePipeline(pipeline, databaseUrl)
      return new PipelineOnServers(resources, pipeline, databaseUrl, redisUrl, given.redis ?? new Redis(redisUrl))
    } catch (error) {
      await resources.disposeAsync()
      throw error
    }
  }

  /** A worker that reads by now. */
  async startWorker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const { pipeline, databaseUrl, redisUrl } = this
    const log = createLogger('silent', 'worker')
    const worker = createWorker({ pipeline, databaseUrl, redisUrl, consumer: 'worker-0', log, ...options })
    await worker.start()
    this.#workers.push(worker)
    this.#resources.defer(() => worker.stop())
    return worker
  }

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    const route = routerOf(this.pipeline)
    await sendTogether(
      this.redis,
      events.map((event) => ['xadd', event.stream ?? (route(event) as string), '*', ...encodeEvent(event)]),
    )
  }

  /** An entry exactly as given; its id. */
  async add(stream: string, fields: readonly (string | Buffer)[]): Promise<string> {
    return (await this.redis.xadd(stream, '*', ...fields)) as string
  }

  /** Resolves when every entry is committed and acknowledged and every row is up to date. */
  async caughtUp(options?: { readonly withinMs: number }): Promise<void> {
    await eventually(async () => {
      for (const stream of this.#streams) await this.#expectDrained(stream)
      expect(await countOpenWork(this.db, this.pipeline.metricSet)).toEqual({ marks: 0, references: 0, rows: 0 })
    }, options)
  }

  async pending(stream: string): Promise<number> {
    return (await this.#group(stream))?.pending ?? 0
  }

  /** The rows, by entity. */
  async rows(): Promise<readonly Row[]> {
    const { rows } = await this.db.query<Row>(
      `select * from ${identifier(rowTable(this.pipeline.metricSet))} order by entity`,
    )
    return rows
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(`select count(*)::int as count from ${identifier(table)}`)
    return rows[0]?.count ?? 0
  }

  async letters(): Promise<readonly StoredLetter[]> {
    const { rows } = await this.db.query<StoredLetter>(
      'select stream, entry_id, event_type, reason, details, attempts, raw from mp_dead_letter order by id',
    )
    return rows
  }

  /** Ends every session that anybody else has on the database. */
  async endSessions(): Promise<number> {
    const { rowCount } = await this.db.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    return rowCount ?? 0
  }

  parity(): Promise<ParityReport> {
    return checkParity(this.db, this.pipeline.metricSet, 1)
  }

  /** Of all workers together, from what they expose; those that were stopped count too. */
  async counts(): Promise<EntryCounts> {
    return countEntries(await Promise.all(this.#workers.map(async ({ metrics }) => (await metrics.expose()).body)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }

  get #streams(): readonly string[] {
    return this.pipeline.settings.streams
  }

  async #expectDrained(stream: string): Promise<void> {
    const info = infoRecord((await this.redis.xinfo('STREAM', stream)) as unknown[])
    expect(await this.#group(stream)).toEqual({ pending: 0, lastDelivered: info['last-generated-id'] })
  }

  async #group(stream: string): Promise<GroupInfo | undefined> {
    const groups = ((await this.redis.xinfo('GROUPS', stream)) as unknown[][]).map(infoRecord)
    const group = groups.find(({ name }) => name === this.pipeline.settings.consumerGroup)
    return group && { pending: Number(group['pending']), lastDelivered: String(group['last-delivered-id']) }
  }
}

async function runSql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text).finally(() => client.end())
}

/** From what some workers expose, together. */
export function countEntries(texts: readonly string[]): EntryCounts {
  const total: Record<string, number> = { read: 0, ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) }
  for (const text of texts) {
    const { samples } = parseMetricsText(text)
    const add = (name: string, sample: string) =>
      (total[name] = (total[name] ?? 0) + (samples.get(sample) ?? Number.NaN))
    add('read', 'mp_worker_entries_read_total')
    for (const outcome of OUTCOMES) add(outcome, `mp_worker_entries_total{outcome="${outcome}"}`)
  }
  return total as EntryCounts
}

export function sumOfOutcomes(counts: EntryCounts): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)
}
