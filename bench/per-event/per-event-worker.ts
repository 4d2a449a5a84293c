import { type EntitySchema, MikroORM, type MikroORM as Orm } from '@mikro-orm/postgresql'
import { Redis } from 'ioredis'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { BenchPipeline } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'

export type EventData = Readonly<Record<string, unknown>>

/** The domain of a per-event worker. */
export interface PerEventModel {
  readonly tables: readonly EntitySchema[]
  /** Gives it the facts that the pipeline has stored: both compute over the same number. */
  copyFacts(pool: BenchPipeline['pool']): Promise<void>
  /** Stores an event's fact. Gives the entity whose rows it changes. */
  store(orm: Orm, type: string, id: string, data: EventData): Promise<string>
  /** Loads an entity's facts of one window, computes its metrics and writes its row. */
  recompute(orm: Orm, entity: string, days: number): Promise<void>
}

const WINDOWS = [7, 30, 90]
const MEASURED_SECONDS = 15
const STREAM = 'bench:per-event'
const GROUP = 'per-event'

/**
 * What teams write first, for comparison: make sure that the group exists, read one event, store it, for each window load the facts through
 * the ORM, compute, find the window's row and write it, acknowledge. It loses and doubles events in all the ways that the pipeline does not;
 * here it only has to be as fast as it is. Gives events a second.
 */
export async function measurePerEventWorker(
  servers: BenchServers,
  pipeline: BenchPipeline,
  model: PerEventModel,
  events: Iterable<OutgoingEvent>,
): Promise<number> {
  const orm = await MikroORM.init({ clientUrl: pipeline.databaseUrl, entities: [...model.tables] })
  await orm.schema.update({ safe: true, dropTables: false })
  await model.copyFacts(pipeline.pool)
  const producer = await EventProducer.connect(servers.redisUrl)
  await producer.publish([...events].map((event) => ({ ...event, stream: STREAM })))
  await producer.close()
  const redis = new Redis(servers.redisUrl, { protocol: 2 })
  await redis.xgroup('CREATE', STREAM, GROUP, '0')
  const startedAt = performance.now()
  let done = 0
  while (performance.now() - startedAt < MEASURED_SECONDS * 1_000) {
    if (!(await processOne(redis, orm, model))) break
    done += 1
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await redis.quit()
  await orm.close(true)
  return done / seconds
}

async function processOne(redis: Redis, orm: Orm, model: PerEventModel): Promise<boolean> {
  await redis.ping()
  await redis.xgroup('CREATE', STREAM, GROUP, '0').catch(() => undefined) // it exists, as nearly always
  const reply = (await redis.xreadgroup('GROUP', GROUP, 'one', 'COUNT', 1, 'STREAMS', STREAM, '>')) as
    | [string, [string, string[]][]][]
    | null
  const [entry] = reply?.[0]?.[1] ?? []
  if (entry === undefined) return false
  const [entryId, fields] = entry
  const field = (name: string) => String(fields[fields.indexOf(name) + 1])
  const entity = await model.store(orm, field('type'), field('id'), JSON.parse(field('data')) as EventData)
  for (const days of WINDOWS) await model.recompute(orm, entity, days)
  await redis.ping()
  await redis.xack(STREAM, GROUP, entryId)
  return true
}

/** The start of a window that ends now. */
export function windowStart(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000)
}
