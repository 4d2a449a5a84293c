import { type LoadedPipeline, parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'
import type { PipelineOnServers } from './pipeline-on-servers.ts'

/** Document 000's stream of sessions that another pipeline has stored. */
export const ENRICHED = 'tutormax:sessions:enrichment'

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

export const CREATE_TUTOR_TABLES = Object.entries(TABLES)
  .map(([table, { columns }]) => `create table ${table} (${columns});`)
  .join('')

/** The built-in set over streams of its own. */
export function tutorsOn(streams: readonly string[]): LoadedPipeline {
  return pipeline(streams, undefined)
}

/** The built-in set over the tables of another system, told by one stream whose tutors have changed. */
export function tutorsOverTables(): LoadedPipeline {
  return pipeline([ENRICHED], {
    tutor: 'tutors',
    session: 'sessions',
    feedback: 'feedback',
    tutor_event: 'tutor_events',
  })
}

/** Fills the tables with what the facts of another pipeline say. */
export async function copyTutorTables(from: PipelineOnServers, to: PipelineOnServers): Promise<void> {
  for (const [table, { facts }] of Object.entries(TABLES)) {
    const { rows } = await from.db.query<{ all: unknown }>(`select jsonb_agg(f) as all from (${facts}) f`)
    await to.db.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows[0]?.all),
    ])
  }
}

function pipeline(streams: readonly string[], tables: Readonly<Record<string, string>> | undefined): LoadedPipeline {
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
        workers: { scaling: { mode: 'Off' } },
      },
    }),
    'tutors',
  )
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}
