import type { EventDefinition } from '../definition.ts'

/** Something a tutor did outside of sessions. Logins and replies count; other types are kept and counted nowhere. */
export const TUTOR_EVENT: EventDefinition = {
  description:
    'What a tutor did outside of sessions: `login` and `message_response` count, any other type is kept and read by no metric.',
  streams: ['tutormax:events'],
  id: 'event_id',
  entity: 'tutor_id',
  at: 'event_timestamp',
  fields: {
    event_id: { type: 'string', minLength: 1, maxLength: 50 },
    tutor_id: { type: 'string', minLength: 1, maxLength: 50 },
    event_type: { type: 'string', minLength: 1, maxLength: 100 },
    event_timestamp: { type: 'timestamp', maxAhead: '0s' },
    response_time_minutes: {
      type: 'decimal',
      decimals: 3,
      required: false,
      lenient: true,
      path: 'metadata.response_time_minutes',
      minimum: 0,
      maximum: 100_000,
      description:
        'A value that is no number, or an absurd one, is left out and counted as a warning. In the original one such value ' +
        "destroys all of the tutor's metrics.",
    },
  },
}
