import type { Fact } from '../../core/events/parse-event.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../core/time/instant.ts'
import { factCreator } from './create-fact.ts'

export type TutorHistoryData = Readonly<Record<string, unknown>>

/** What one tutor did on the day before `AS_OF`. */
export interface TutorHistory {
  readonly sessions?: readonly TutorHistoryData[]
  /** The rating of the session of the same place; undefined where nobody rated. */
  readonly ratings?: readonly (number | undefined)[]
  readonly logins?: number
  /** The metadata of answered messages. */
  readonly responses?: readonly unknown[]
}

export const AS_OF: Instant = Date.UTC(2026, 10, 23) * 1_000

const YESTERDAY = formatInstant(AS_OF - MICROS_PER_DAY)

export const HELD: TutorHistoryData = { actual_start: YESTERDAY, session_number: 2 }

export const NO_SHOW: TutorHistoryData = {
  actual_start: null,
  no_show: true,
  engagement_score: null,
  learning_objectives_met: null,
  session_number: 2,
}

const SESSION: TutorHistoryData = {
  student_id: 'student',
  is_first_session: false,
  scheduled_start: YESTERDAY,
  duration_minutes: 60,
  subject: 'Algebra',
  tutor_initiated_reschedule: false,
  no_show: false,
  late_start_minutes: 0,
  engagement_score: null,
  learning_objectives_met: null,
  technical_issues: false,
  created_at: YESTERDAY,
  updated_at: YESTERDAY,
}

const FEEDBACK: TutorHistoryData = {
  student_id: 'student',
  tutor_id: 'somebody else',
  is_first_session: false,
  submitted_at: YESTERDAY,
  created_at: YESTERDAY,
}

/** The facts of a history. Throws where an event of it makes none. */
export function tutorFacts(
  set: MetricSet,
  tutor: string,
  { sessions = [], ratings = [], logins = 0, responses = [] }: TutorHistory,
): readonly Fact[] {
  const create = factCreator(set)
  const fact = (type: string, data: object) => create(type, 'event', data, AS_OF)
  const event = (id: string, change: object) =>
    fact('tutor_event', { event_id: `${tutor}_${id}`, tutor_id: tutor, event_timestamp: YESTERDAY, ...change })
  const feedback = (of: number, rating: number) =>
    fact('feedback', {
      ...FEEDBACK,
      feedback_id: `${tutor}_${of}`,
      session_id: `${tutor}_${of}`,
      overall_rating: rating,
    })
  return [
    ...sessions.map((change, i) =>
      fact('session', { ...SESSION, session_id: `${tutor}_${i}`, tutor_id: tutor, ...change }),
    ),
    ...ratings.flatMap((rating, i) => (rating === undefined ? [] : [feedback(i, rating)])),
    ...Array.from({ length: logins }, (_, i) => event(`login_${i}`, { event_type: 'login' })),
    ...responses.map((metadata, i) => event(`response_${i}`, { event_type: 'message_response', metadata })),
  ]
}
