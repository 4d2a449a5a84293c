import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { Redis } from 'ioredis'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { BenchPipeline } from './pipeline.ts'
import type { BenchServers } from './servers.ts'

/**
 * What teams write first, for comparison: make sure that the group exists, read one event, store it, for each window load the facts through
 * the ORM, compute, find the window's row and write it, acknowledge. It loses and doubles events in all the ways that the pipeline does not;
 * here it only has to be as fast as it is.
 */
const Departure = defineEntity({
  name: 'NaiveDeparture',
  tableName: 'naive_departure',
  properties: {
    id: p.text().primary(),
    origin: p.text().index(),
    scheduledAt: p.datetime().columnType('timestamptz'),
    delayMinutes: p.integer(),
    distanceMiles: p.integer(),
  },
})

const Metrics = defineEntity({
  name: 'NaiveMetrics',
  tableName: 'naive_metrics',
  properties: {
    id: p.uuid().primary(),
    airport: p.text().index(),
    calculatedAt: p.datetime().columnType('timestamptz'),
    window: p.text(),
    departures: p.integer(),
    onTimeRate: p.double().nullable(),
    meanDelay: p.double().nullable(),
    miles: p.integer(),
  },
})

const WINDOWS = [7, 30, 90]
const DAY_MS = 86_400_000
const MEASURED_SECONDS = 15
const STREAM = 'bench:naive'

/** Events a second. Starts from the same facts per entity as the pipeline's table holds. */
export async function measurePerEventWorker(
  servers: BenchServers,
  pipeline: BenchPipeline,
  events: Iterable<OutgoingEvent>,
): Promise<number> {
  const orm = await MikroORM.init({ clientUrl: pipeline.databaseUrl, entities: [Departure, Metrics] })
  await orm.schema.update({ safe: true, dropTables: false })
  await pipeline.pool.query(`insert into naive_departure (id, origin, scheduled_at, delay_minutes, distance_miles)
    select id, entity, at, delay_minutes, distance_miles from fact_departure on conflict do nothing`)
  await pipeline.pool.query('analyze naive_departure')
  const producer = await EventProducer.connect(servers.redisUrl)
  await producer.publish([...events].map((event) => ({ ...event, stream: STREAM })))
  await producer.close()
  const redis = new Redis(servers.redisUrl, { protocol: 2 })
  await redis.xgroup('CREATE', STREAM, 'naive', '0')
  const startedAt = performance.now()
  let done = 0
  while (performance.now() - startedAt < MEASURED_SECONDS * 1_000) {
    if (!(await processOne(redis, orm))) break
    done += 1
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await redis.quit()
  await orm.close(true)
  return done / seconds
}

async function processOne(redis: Redis, orm: MikroORM): Promise<boolean> {
  await redis.ping()
  await redis.xgroup('CREATE', STREAM, 'naive', '0').catch(() => undefined) // it exists, as nearly always
  const reply = (await redis.xreadgroup('GROUP', 'naive', 'one', 'COUNT', 1, 'STREAMS', STREAM, '>')) as
    | [string, [string, string[]][]][]
    | null
  const [entry] = reply?.[0]?.[1] ?? []
  if (entry === undefined) return false
  const [entryId, fields] = entry
  const data = JSON.parse(fields[fields.indexOf('data') + 1] as string) as Record<string, string | number>
  await store(orm, String(fields[fields.indexOf('id') + 1]), data)
  for (const days of WINDOWS) await recompute(orm, String(data['origin']), days)
  await redis.ping()
  await redis.xack(STREAM, 'naive', entryId)
  return true
}

async function store(orm: MikroORM, id: string, data: Readonly<Record<string, string | number>>): Promise<void> {
  const em = orm.em.fork()
  const known = await em.findOne(Departure, { id })
  const values = {
    origin: String(data['origin']),
    scheduledAt: new Date(String(data['scheduledAt'])),
    delayMinutes: Number(data['delayMinutes']),
    distanceMiles: Number(data['distanceMiles']),
  }
  if (known === null) em.create(Departure, { id, ...values })
  else em.assign(known, values)
  await em.flush()
}

/** A transaction for each window, as each has an instant of its own to be calculated for. */
async function recompute(orm: MikroORM, airport: string, days: number): Promise<void> {
  const em = orm.em.fork()
  const now = new Date()
  const rows = await em.find(Departure, {
    origin: airport,
    scheduledAt: { $gte: new Date(now.getTime() - days * DAY_MS), $lt: now },
  })
  const values = {
    calculatedAt: now,
    departures: rows.length,
    onTimeRate: rows.length === 0 ? null : (rows.filter((row) => row.delayMinutes <= 15).length / rows.length) * 100,
    meanDelay: rows.length === 0 ? null : rows.reduce((total, row) => total + row.delayMinutes, 0) / rows.length,
    miles: rows.reduce((total, row) => total + row.distanceMiles, 0),
  }
  const known = await em.findOne(Metrics, { airport, window: `${days}day` })
  if (known === null) em.create(Metrics, { id: crypto.randomUUID(), airport, window: `${days}day`, ...values })
  else em.assign(known, values)
  await em.flush()
}
