import { defineEntity, type InferEntity, type MikroORM, p } from '@mikro-orm/postgresql'
import { type EventData, type PerEventModel, windowStart } from './per-event-worker.ts'

const Session = defineEntity({
  name: 'PerEventSession',
  tableName: 'per_event_session',
  properties: {
    id: p.text().primary(),
    tutor: p.text().index(),
    scheduledStart: p.datetime().columnType('timestamptz'),
    actualStart: p.datetime().columnType('timestamptz').nullable(),
    sessionNumber: p.integer(),
    rescheduled: p.boolean(),
    noShow: p.boolean(),
    lateMinutes: p.integer(),
    engagement: p.float().nullable(),
    objectivesMet: p.boolean().nullable(),
  },
})

const Feedback = defineEntity({
  name: 'PerEventFeedback',
  tableName: 'per_event_feedback',
  properties: { id: p.text().primary(), session: p.text().index(), rating: p.integer() },
})

const TutorEvent = defineEntity({
  name: 'PerEventTutorEvent',
  tableName: 'per_event_tutor_event',
  properties: {
    id: p.text().primary(),
    tutor: p.text().index(),
    at: p.datetime().columnType('timestamptz'),
    type: p.text(),
    responseMinutes: p.float().nullable(),
  },
})

const Metrics = defineEntity({
  name: 'PerEventTutorMetrics',
  tableName: 'per_event_tutor_metrics',
  properties: {
    id: p.uuid().primary(),
    tutor: p.text().index(),
    calculatedAt: p.datetime().columnType('timestamptz'),
    window: p.text(),
    sessions: p.integer(),
    rating: p.double().nullable(),
    firstSessionSuccess: p.double().nullable(),
    rescheduleRate: p.double().nullable(),
    engagement: p.double().nullable(),
    objectivesMet: p.double().nullable(),
    responseMinutes: p.double().nullable(),
  },
})

type SessionRow = InferEntity<typeof Session>

/** Workload B per event: three lookups and as many windows for each. */
export const perEventTutors: PerEventModel = {
  tables: [Session, Feedback, TutorEvent, Metrics],
  copyFacts: async (pool) => {
    await pool.query(`insert into per_event_session (id, tutor, scheduled_start, actual_start, session_number, rescheduled, no_show,
        late_minutes, engagement, objectives_met)
      select id, entity, at, actual_start, session_number, tutor_initiated_reschedule, no_show, late_start_minutes,
        engagement_score / 1e6, learning_objectives_met from fact_session on conflict do nothing`)
    await pool.query(`insert into per_event_feedback (id, session, rating)
      select id, reference, overall_rating from fact_feedback on conflict do nothing`)
    await pool.query(`insert into per_event_tutor_event (id, tutor, at, type, response_minutes)
      select id, entity, at, event_type, response_time_minutes / 1e3 from fact_tutor_event on conflict do nothing`)
    await pool.query('analyze per_event_session, per_event_feedback, per_event_tutor_event')
  },
  store: (orm, type, _id, data) => {
    if (type === 'session') return storeSession(orm, data)
    return type === 'feedback' ? storeFeedback(orm, data) : storeTutorEvent(orm, data)
  },
  recompute,
}

async function storeSession(orm: MikroORM, data: EventData): Promise<string> {
  const em = orm.em.fork()
  const id = String(data['session_id'])
  const values = {
    tutor: String(data['tutor_id']),
    scheduledStart: new Date(String(data['scheduled_start'])),
    actualStart: data['actual_start'] === undefined ? null : new Date(String(data['actual_start'])),
    sessionNumber: Number(data['session_number']),
    rescheduled: data['tutor_initiated_reschedule'] === true,
    noShow: data['no_show'] === true,
    lateMinutes: Number(data['late_start_minutes']),
    engagement: Number(data['engagement_score']),
    objectivesMet: data['learning_objectives_met'] === true,
  }
  const known = await em.findOne(Session, { id })
  if (known === null) em.create(Session, { id, ...values })
  else em.assign(known, values)
  await em.flush()
  return values.tutor
}

async function storeFeedback(orm: MikroORM, data: EventData): Promise<string> {
  const em = orm.em.fork()
  const id = String(data['feedback_id'])
  const values = { session: String(data['session_id']), rating: Number(data['overall_rating']) }
  const known = await em.findOne(Feedback, { id })
  if (known === null) em.create(Feedback, { id, ...values })
  else em.assign(known, values)
  await em.flush()
  return String(data['tutor_id'])
}

async function storeTutorEvent(orm: MikroORM, data: EventData): Promise<string> {
  const em = orm.em.fork()
  const id = String(data['event_id'])
  const minutes = (data['metadata'] as Record<string, unknown> | undefined)?.['response_time_minutes']
  const values = {
    tutor: String(data['tutor_id']),
    at: new Date(String(data['event_timestamp'])),
    type: String(data['event_type']),
    responseMinutes: minutes === undefined ? null : Number(minutes),
  }
  const known = await em.findOne(TutorEvent, { id })
  if (known === null) em.create(TutorEvent, { id, ...values })
  else em.assign(known, values)
  await em.flush()
  return values.tutor
}

async function recompute(orm: MikroORM, tutor: string, days: number): Promise<void> {
  const em = orm.em.fork()
  const now = new Date()
  const from = windowStart(now, days)
  const sessions = await em.find(Session, { tutor, scheduledStart: { $gte: from, $lt: now } })
  const feedback = await em.find(Feedback, { session: { $in: sessions.map(({ id }) => id) } })
  const events = await em.find(TutorEvent, { tutor, at: { $gte: from, $lt: now } })
  const attended = sessions.filter(({ noShow }) => !noShow)
  const firstIds = new Set(sessions.filter(({ sessionNumber }) => sessionNumber === 1).map(({ id }) => id))
  const first = feedback.filter(({ session }) => firstIds.has(session))
  const values = {
    calculatedAt: now,
    sessions: attended.filter(({ actualStart }) => actualStart !== null).length,
    rating: mean(feedback.map(({ rating }) => rating)),
    firstSessionSuccess: share(first, ({ rating }) => rating >= 4),
    rescheduleRate: share(sessions, ({ rescheduled }) => rescheduled),
    engagement: engagement(sessions, attended, events.filter(({ type }) => type === 'login').length),
    objectivesMet: share(attended, ({ objectivesMet }) => objectivesMet === true),
    responseMinutes: mean(events.flatMap(({ responseMinutes }) => responseMinutes ?? [])),
  }
  const known = await em.findOne(Metrics, { tutor, window: `${days}day` })
  if (known === null) em.create(Metrics, { id: crypto.randomUUID(), tutor, window: `${days}day`, ...values })
  else em.assign(known, values)
  await em.flush()
}

function engagement(sessions: readonly SessionRow[], attended: readonly SessionRow[], logins: number): number | null {
  if (sessions.length === 0) return null
  const loginScore = Math.min(100, (100 * logins) / sessions.length)
  const score = 100 * (mean(attended.flatMap((session) => session.engagement ?? [])) ?? 0.5)
  return 0.4 * loginScore + 0.4 * score + 0.2 * (share(attended, ({ lateMinutes }) => lateMinutes <= 10) ?? 100)
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length
}

function share<T>(rows: readonly T[], matches: (row: T) => boolean): number | null {
  return rows.length === 0 ? null : (100 * rows.filter(matches).length) / rows.length
}
