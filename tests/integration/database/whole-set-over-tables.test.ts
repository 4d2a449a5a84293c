import { expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { formatInstant, type Instant } from '../../../core/time/instant.ts'
import { createPopulation } from '../../../examples/tutor-performance/population.ts'
import { PipelineOnServers, type Row } from '../../support/pipeline-on-servers.ts'

const ENRICHED = 'tutormax:sessions:enrichment'

/** The columns of the existing tables, and how to read them from the facts that another pipeline stored. */
const TABLES = {
  tutors: {
    columns: 'tutor_id text primary key, status text',
    facts: 'select id as tutor_id, status from fact_tutor where not deleted',
  },
  sessions: {
    columns: `session_id text primary key, tutor_id text, session_number int, scheduled_start timestamptz, actual_start timestamptz,
      tutor_initiated_reschedule boolean, no_show boolean, late_start_minutes int, engagement_score numeric, learning_objectives_met boolean`,
    facts: `select id as session_id, entity as tutor_id, session_number, at as scheduled_start, actual_start, tutor_initiated_reschedule, no_show,
      late_start_minutes, engagement_score / 1000000::numeric as engagement_score, learning_objectives_met from fact_session where not deleted`,
  },
  feedback: {
    columns: 'feedback_id text primary key, session_id text, overall_rating int',
    facts: 'select id as feedback_id, reference as session_id, overall_rating from fact_feedback where not deleted',
  },
  tutor_events: {
    columns:
      'event_id text primary key, tutor_id text, event_type text, event_timestamp timestamptz, response_time_minutes numeric',
    facts: `select id as event_id, entity as tutor_id, event_type, at as event_timestamp, response_time_minutes / 1000::numeric as response_time_minutes
      from fact_tutor_event where not deleted`,
  },
}

function pipeline(streams: readonly string[], tables?: Readonly<Record<string, string>>) {
  const parsed = parsePipeline(
    JSON.stringify({
      apiVersion: 'metricspipelines.io/v1alpha1',
      kind: 'MetricsPipeline',
      metadata: { name: 'tutors' },
      spec: {
        source: { redisStreams: { streams } },
        database: {},
        metrics: {
          set: 'TutorPerformance',
          windows: ['7d', '30d', '90d'],
          debounce: { quiet: '0s', maxWait: '0s' },
          ...(tables && { tables }),
        },
      },
    }),
    'tutors',
  )
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}

test('the whole set over tables that another system fills comes to the rows of its own facts', async () => {
  const now: Instant = Date.now() * 1_000
  const events = [...createPopulation({ seed: 5, tutors: 12, days: 35, endAt: now })].map((event) => ({
    ...event,
    time: formatInstant(event.time),
  }))
  const streams = [...new Set(events.map(({ stream }) => stream))]
  await using own = await PipelineOnServers.open(pipeline(streams))
  await own.startWorker()
  await own.publish(events)
  await own.caughtUp()

  const tables = { tutor: 'tutors', session: 'sessions', feedback: 'feedback', tutor_event: 'tutor_events' }
  await using over = await PipelineOnServers.open(pipeline([ENRICHED], tables), {
    prepare: Object.entries(TABLES)
      .map(([table, { columns }]) => `create table ${table} (${columns});`)
      .join(''),
  })
  await over.startWorker()
  for (const [table, { facts }] of Object.entries(TABLES)) {
    const { rows } = await own.db.query<{ all: unknown }>(`select jsonb_agg(f) as all from (${facts}) f`)
    await over.db.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows[0]?.all),
    ])
  }
  const sessions = events.filter(({ type }) => type === 'session')
  await over.publish(sessions.map((session) => ({ ...session, stream: ENRICHED })))
  await over.caughtUp()

  expect(sessions.length).toBeGreaterThan(100)
  expect((await over.rows()).map(numbers)).toEqual((await own.rows()).map(numbers))
  expect(await over.parity()).toMatchObject({ compared: 12, mismatches: 0, missing: 0 })
  expect(await over.counts()).toMatchObject({ read: sessions.length, marked: sessions.length, dead_lettered: 0 })
})

/** A row without when and by which evaluation it was made. */
function numbers({ evaluation: _, as_of: __, evaluated_at: ___, revision: ____, ...rest }: Row): Row {
  return rest
}
