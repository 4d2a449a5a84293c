import type { MetricSetDefinition } from '../definition.ts'
import { FLEET_QUALITY } from './composite.ts'
import { FEEDBACK } from './feedback.ts'
import { SESSION } from './session.ts'
import { DEFAULT_TIERS, ORIGINAL_TIERS } from './tiers.ts'
import { TUTOR } from './tutor.ts'
import { TUTOR_EVENT } from './tutor-event.ts'

const ATTENDED = { no_show: { equals: false } } as const

const OF_FIRST_SESSION = { 'session.session_number': { equals: 1 } } as const

/** How well tutors do, in the numbers of their original platform, with its defects mended. Rates are percent, 0 to 100. */
export const TUTOR_PERFORMANCE: MetricSetDefinition = {
  entity: 'tutor',
  entities: 'tutors',
  events: {
    tutor: TUTOR,
    session: SESSION,
    feedback: FEEDBACK,
    tutor_event: TUTOR_EVENT,
    student: { ignore: 'no metric reads students', streams: ['tutormax:students'], fields: {} },
  },
  active: { event: 'tutor', where: { any: [{ status: { equals: 'active' } }, { status: { present: false } }] } },
  signals: { logins: 'Expected' },
  accumulators: {
    sessions: { count: 'session', description: 'Sessions scheduled, no-shows included' },
    sessions_completed: {
      count: 'session',
      where: { ...ATTENDED, actual_start: { present: true } },
      description: 'Sessions that took place',
    },
    no_shows: { count: 'session', where: { no_show: { equals: true } }, description: 'Sessions that nobody came to' },
    reschedules: {
      count: 'session',
      where: { tutor_initiated_reschedule: { equals: true } },
      description: 'Sessions that the tutor moved',
    },
    attended: { count: 'session', where: ATTENDED, description: 'Sessions other than no-shows' },
    punctual: {
      count: 'session',
      where: { ...ATTENDED, late_start_minutes: { atMost: 10 } },
      description: 'Attended sessions that began at most ten minutes late',
    },
    engagement_sum: {
      sum: 'session.engagement_score',
      where: ATTENDED,
      description: 'Engagement scores of attended sessions',
    },
    engagement_rated: {
      count: 'session',
      where: { ...ATTENDED, engagement_score: { present: true } },
      description: 'Attended sessions with an engagement score',
    },
    objectives_known: {
      count: 'session',
      where: { ...ATTENDED, learning_objectives_met: { present: true } },
      description: 'Attended sessions known to have met their objectives or not',
    },
    objectives_met: {
      count: 'session',
      where: { ...ATTENDED, learning_objectives_met: { equals: true } },
      description: 'Attended sessions that met their objectives',
    },
    ratings: { count: 'feedback', description: 'Ratings received' },
    rating_sum: { sum: 'feedback.overall_rating', description: 'Sum of the ratings' },
    first_sessions_rated: {
      count: 'feedback',
      where: OF_FIRST_SESSION,
      description: 'Rated first sessions with a student',
    },
    first_sessions_successful: {
      count: 'feedback',
      where: { ...OF_FIRST_SESSION, overall_rating: { atLeast: 4 } },
      description: 'First sessions rated 4 or 5',
    },
    logins: { count: 'tutor_event', where: { event_type: { equals: 'login' } }, description: 'Logins' },
    responses: {
      count: 'tutor_event',
      where: { event_type: { equals: 'message_response' }, response_time_minutes: { present: true } },
      description: 'Replies with a usable response time',
    },
    response_minutes: {
      sum: 'tutor_event.response_time_minutes',
      where: { event_type: { equals: 'message_response' } },
      description: 'Minutes that those replies took',
    },
  },
  metrics: {
    sessions_completed: { value: 'sessions_completed', description: 'Sessions that took place' },
    avg_rating: { ratio: ['rating_sum', 'ratings'], decimals: 2, description: 'Mean rating, 1 to 5' },
    first_session_success_rate: {
      percent: ['first_sessions_successful', 'first_sessions_rated'],
      decimals: 2,
      description: 'Share of rated first sessions that got a 4 or 5',
    },
    reschedule_rate: {
      percent: ['reschedules', 'sessions'],
      decimals: 2,
      description: 'Share of scheduled sessions that the tutor moved',
    },
    no_show_count: { value: 'no_shows', description: 'Sessions that nobody came to' },
    no_show_rate: {
      percent: ['no_shows', 'sessions'],
      decimals: 2,
      description: 'Share of scheduled sessions that nobody came to',
    },
    engagement_score: {
      weighted: [
        { weight: 40, percent: ['logins', 'sessions'], atMost: 100, signal: 'logins' },
        { weight: 40, percent: ['engagement_sum', 'engagement_rated'], otherwise: 50 },
        { weight: 20, percent: ['punctual', 'attended'] },
      ],
      requires: 'sessions',
      decimals: 2,
      description:
        'Logins per session, engagement in attended sessions and punctuality, 0 to 100; what is absent carries no weight',
    },
    engagement_score_coverage: {
      coverage: 'engagement_score',
      decimals: 2,
      description: "Share of the engagement score's weights that had a value",
    },
    learning_objectives_met_pct: {
      percent: ['objectives_met', 'objectives_known'],
      decimals: 2,
      description: 'Share of attended sessions that met their objectives, of those known',
    },
    response_time_avg_minutes: {
      ratio: ['response_minutes', 'responses'],
      decimals: 2,
      description: 'Mean time until a message is answered',
    },
  },
  tiers: { Default: DEFAULT_TIERS, Original: ORIGINAL_TIERS },
  composite: FLEET_QUALITY,
}
