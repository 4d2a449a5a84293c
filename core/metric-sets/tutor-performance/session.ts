import type { EventDefinition } from '../definition.ts'
import { SUBJECTS } from './subjects.ts'

/** One session, from its booking to its outcome. Each state of it is a version of the same fact. */
export const SESSION: EventDefinition = {
  description:
    'A session of one tutor with one student. It counts in the windows that hold its scheduled start. ' +
    'There is no status: a session is attended unless it is a no-show, and completed once it also has an actual start.',
  streams: ['tutormax:sessions', 'tutormax:sessions:enrichment'],
  id: 'session_id',
  entity: 'tutor_id',
  at: 'scheduled_start',
  fields: {
    session_id: { type: 'string', minLength: 1, maxLength: 50 },
    tutor_id: { type: 'string', minLength: 1, maxLength: 50 },
    student_id: { type: 'string', store: false, minLength: 1, maxLength: 50 },
    session_number: {
      type: 'integer',
      minimum: 1,
      maximum: 2_147_483_647,
      description:
        'Counts the sessions of this tutor with this student; 1 is the first one, whatever `is_first_session` says.',
    },
    is_first_session: { type: 'boolean', store: false },
    scheduled_start: {
      type: 'timestamp',
      maxAhead: '30d',
      description: 'At most 30 days after the event was published; the original counts from the end of its local day.',
    },
    actual_start: {
      type: 'timestamp',
      required: false,
      maxAhead: '0s',
      description:
        'Absent for a no-show, and until the session starts. The original warns of every session without it; here only of one that ' +
        'was updated after its scheduled start.',
    },
    duration_minutes: { type: 'integer', store: false, minimum: 0, maximum: 300, description: 'As planned.' },
    subject: { type: 'string', store: false, oneOf: SUBJECTS },
    session_type: {
      type: 'string',
      required: false,
      store: false,
      oneOf: ['1-on-1', 'group'],
      description:
        'The original also accepts `workshop`, which its table cannot hold: every later read of that row failed.',
    },
    tutor_initiated_reschedule: { type: 'boolean' },
    no_show: { type: 'boolean', description: 'Nobody can tell from it who failed to show.' },
    late_start_minutes: { type: 'integer', minimum: 0, maximum: 60, description: 'Ten minutes are still punctual.' },
    engagement_score: {
      type: 'decimal',
      decimals: 6,
      required: false,
      minimum: 0,
      maximum: 1,
      description:
        'From 0 to 1, turned into percent once, by the metric. May be absent, as in the column: the original demands a value even ' +
        'for no-shows. Not a number and infinity are refused.',
    },
    learning_objectives_met: {
      type: 'boolean',
      required: false,
      description: 'May be absent, as in the column; the original demands it even for no-shows.',
    },
    technical_issues: { type: 'boolean', store: false },
    created_at: { type: 'timestamp', store: false, maxAhead: '0s' },
    updated_at: { type: 'timestamp', store: false, maxAhead: '0s' },
  },
  rules: [
    {
      name: 'no-show-with-start',
      severity: 'error',
      when: { no_show: { equals: true } },
      require: { actual_start: { present: false } },
      message: 'a session that nobody came to cannot have an actual start',
    },
    {
      name: 'late-beyond-end',
      severity: 'error',
      require: { compare: [{ field: 'late_start_minutes' }, 'atMost', { field: 'duration_minutes' }] },
      message: 'late_start_minutes exceeds duration_minutes, so the session would have started after its end',
    },
    {
      name: 'past-without-start',
      severity: 'warning',
      when: {
        all: [
          { no_show: { equals: false } },
          { compare: [{ minutesBetween: ['scheduled_start', 'updated_at'] }, 'above', 0] },
        ],
      },
      require: { actual_start: { present: true } },
      message: 'the scheduled start has passed, yet there is neither an actual start nor a no-show',
    },
    {
      name: 'lateness-disagrees',
      severity: 'warning',
      require: {
        compare: [
          { abs: { minutesBetween: ['scheduled_start', 'actual_start'] } },
          'atMost',
          { add: [{ field: 'late_start_minutes' }, 5] },
        ],
      },
      message: 'scheduled and actual start lie further apart than late_start_minutes says, by more than five minutes',
    },
    {
      name: 'first-session-number',
      severity: 'warning',
      when: { is_first_session: { equals: true } },
      require: { session_number: { equals: 1 } },
      message: 'is_first_session is true, but session_number counts an earlier session; the number decides',
    },
    {
      name: 'no-show-engaged',
      severity: 'warning',
      when: { no_show: { equals: true } },
      require: { engagement_score: { atMost: 0.1 } },
      message: 'a session that nobody came to has an engagement score; no metric reads it',
    },
    {
      name: 'unusual-duration',
      severity: 'warning',
      require: { duration_minutes: { oneOf: [30, 45, 60, 90] } },
      message: 'sessions usually last 30, 45, 60 or 90 minutes',
    },
  ],
}
