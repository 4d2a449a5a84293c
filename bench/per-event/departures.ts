import { defineEntity, type MikroORM, p } from '@mikro-orm/postgresql'
import { type EventData, type PerEventModel, windowStart } from './per-event-worker.ts'

const Departure = defineEntity({
  name: 'PerEventDeparture',
  tableName: 'per_event_departure',
  properties: {
    id: p.text().primary(),
    origin: p.text().index(),
    scheduledAt: p.datetime().columnType('timestamptz'),
    delayMinutes: p.integer(),
    distanceMiles: p.integer(),
  },
})

const Metrics = defineEntity({
  name: 'PerEventMetrics',
  tableName: 'per_event_metrics',
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

/** Workload A per event. */
export const perEventDepartures: PerEventModel = {
  tables: [Departure, Metrics],
  copyFacts: async (pool) => {
    await pool.query(`insert into per_event_departure (id, origin, scheduled_at, delay_minutes, distance_miles)
      select id, entity, at, delay_minutes, distance_miles from fact_departure on conflict do nothing`)
    await pool.query('analyze per_event_departure')
  },
  store: async (orm, _type, id, data) => {
    await store(orm, id, data)
    return String(data['origin'])
  },
  recompute,
}

async function store(orm: MikroORM, id: string, data: EventData): Promise<void> {
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
  const rows = await em.find(Departure, { origin: airport, scheduledAt: { $gte: windowStart(now, days), $lt: now } })
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
