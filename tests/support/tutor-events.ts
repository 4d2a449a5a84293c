import type { OutgoingEvent } from '../../adapters/redis/event-producer.ts'

type Data = Readonly<Record<string, unknown>>

/** An event with its stream, as the platform of the tutor set publishes it. */
export type TutorEvent = OutgoingEvent & { readonly stream: string; readonly data: Data }

const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString()

const BEFORE = new Date(Date.now() - 2 * 86_400_000).toISOString()

const PROFILE: Data = {
  tutor_id: 'tutor-1',
  name: 'Ada Byron',
  email: 'ada@example.org',
  age: 40,
  location: 'London',
  education_level: 'PhD',
  subjects: ['Algebra'],
  subject_type: 'STEM',
  onboarding_date: BEFORE,
  tenure_days: 1,
  behavioral_archetype: 'steady',
  baseline_sessions_per_week: 12,
  status: 'active',
  created_at: YESTERDAY,
  updated_at: YESTERDAY,
}

const SESSION: Data = {
  session_id: 'session-1',
  tutor_id: 'tutor-1',
  student_id: 'student-1',
  session_number: 1,
  is_first_session: false,
  scheduled_start: YESTERDAY,
  actual_start: YESTERDAY,
  duration_minutes: 60,
  subject: 'Algebra',
  tutor_initiated_reschedule: false,
  no_show: false,
  late_start_minutes: 0,
  engagement_score: 0.8,
  learning_objectives_met: true,
  technical_issues: false,
  created_at: BEFORE,
  updated_at: YESTERDAY,
}

const FEEDBACK: Data = {
  feedback_id: 'feedback-1',
  session_id: 'session-1',
  student_id: 'student-1',
  tutor_id: 'tutor-1',
  overall_rating: 5,
  is_first_session: false,
  submitted_at: YESTERDAY,
  created_at: YESTERDAY,
}

/** A profile in which nothing is odd, but for `change`. */
export function profile(change: Data = {}): TutorEvent {
  return { stream: 'tutormax:tutors', type: 'tutor', data: { ...PROFILE, ...change } }
}

/** A session held yesterday in which nothing is odd, but for `change`. */
export function session(change: Data = {}): TutorEvent {
  return { stream: 'tutormax:sessions', type: 'session', data: { ...SESSION, ...change } }
}

/** Feedback on that session in which nothing is odd, but for `change`. */
export function feedback(change: Data = {}): TutorEvent {
  return { stream: 'tutormax:feedback', type: 'feedback', data: { ...FEEDBACK, ...change } }
}

/** A login of yesterday, but for `change`. */
export function tutorEvent(change: Data = {}): TutorEvent {
  const data = { event_id: 'event-1', tutor_id: 'tutor-1', event_type: 'login', event_timestamp: YESTERDAY, ...change }
  return { stream: 'tutormax:events', type: 'tutor_event', data }
}
