import type { EventDefinition, Expression, FieldDefinition } from '../definition.ts'

const RATING: FieldDefinition = { type: 'integer', minimum: 1, maximum: 5 }

const CATEGORY: FieldDefinition = {
  ...RATING,
  required: false,
  store: false,
  description: 'May be absent, as in the column; the original refuses feedback that skips a category.',
}

const CATEGORIES = [
  'subject_knowledge_rating',
  'communication_rating',
  'patience_rating',
  'engagement_rating',
  'helpfulness_rating',
]

/** Five times the distance between the overall rating and the mean of the categories: there is no division in the vocabulary. */
const DISTANCE_FROM_CATEGORIES: Expression = {
  abs: {
    subtract: [
      { multiply: [CATEGORIES.length, { field: 'overall_rating' }] },
      { add: CATEGORIES.map((category) => ({ field: category })) },
    ],
  },
}

/** What a student says about a session. The session decides whose it is and in which window it counts. */
export const FEEDBACK: EventDefinition = {
  description:
    'A rating of one session. Tutor and window are those of the session, joined when metrics are computed, so feedback may arrive ' +
    'first and follows a session that is handed to somebody else.',
  streams: ['tutormax:feedback', 'tutormax:feedback:enrichment'],
  id: 'feedback_id',
  entity: 'session.tutor_id',
  at: 'session.scheduled_start',
  references: { session: 'session_id' },
  fields: {
    feedback_id: { type: 'string', minLength: 1, maxLength: 50 },
    session_id: { type: 'string', minLength: 1, maxLength: 50 },
    student_id: { type: 'string', store: false, minLength: 1, maxLength: 50 },
    tutor_id: {
      type: 'string',
      store: false,
      minLength: 1,
      maxLength: 50,
      description: 'Checked, not believed: the session knows its tutor. The original credits whomever is named here.',
    },
    overall_rating: RATING,
    is_first_session: {
      type: 'boolean',
      store: false,
      description: 'Decides which rules apply below; the metrics go by the number of the session.',
    },
    subject_knowledge_rating: CATEGORY,
    communication_rating: CATEGORY,
    patience_rating: CATEGORY,
    engagement_rating: CATEGORY,
    helpfulness_rating: CATEGORY,
    would_recommend: { type: 'boolean', required: false, store: false, description: 'Demanded for a first session.' },
    improvement_areas: {
      type: 'strings',
      required: false,
      store: false,
      maxItems: 10,
      description: 'The limit holds for every session; the original checks it for first ones only.',
    },
    free_text_feedback: { type: 'string', required: false, store: false, maxLength: 5_000 },
    submitted_at: { type: 'timestamp', store: false, maxAhead: '0s' },
    created_at: { type: 'timestamp', store: false, maxAhead: '0s' },
  },
  rules: [
    {
      name: 'created-before-submitted',
      severity: 'error',
      // The original has the comparison the wrong way round and so refuses every record its own generator makes.
      require: { compare: [{ minutesBetween: ['submitted_at', 'created_at'] }, 'atLeast', 0] },
      message: 'the record was created before the feedback was submitted',
    },
    {
      name: 'first-session-recommendation',
      severity: 'error',
      when: { is_first_session: { equals: true } },
      require: { would_recommend: { present: true } },
      message: 'feedback on a first session must say whether the student would recommend the tutor (would_recommend)',
    },
    {
      name: 'first-session-improvements',
      severity: 'warning',
      when: { is_first_session: { equals: true } },
      require: { improvement_areas: { present: true } },
      message: 'feedback on a first session should list improvement_areas, if only an empty list',
    },
    {
      name: 'low-first-session-unexplained',
      severity: 'warning',
      when: { is_first_session: { equals: true }, overall_rating: { atMost: 3 } },
      require: {
        all: [{ improvement_areas: { present: true } }, { compare: [{ length: 'improvement_areas' }, 'atLeast', 1] }],
      },
      message: 'a first session was rated 3 or lower without a word on what to improve',
    },
    {
      name: 'low-rating-unexplained',
      severity: 'warning',
      when: { overall_rating: { atMost: 2 } },
      require: {
        all: [
          { free_text_feedback: { present: true } },
          { compare: [{ length: 'free_text_feedback' }, 'atLeast', 10] },
        ],
      },
      message: 'a rating of 2 or lower comes with less than ten characters of text',
    },
    {
      name: 'overall-far-from-categories',
      severity: 'warning',
      require: { compare: [DISTANCE_FROM_CATEGORIES, 'atMost', 1.5 * CATEGORIES.length] },
      message: 'the overall rating lies more than 1.5 from the mean of the five categories',
    },
    {
      name: 'recommended-though-poor',
      severity: 'warning',
      when: { would_recommend: { equals: true } },
      require: { overall_rating: { atLeast: 3 } },
      message: 'recommended, yet rated below 3',
    },
    {
      name: 'good-yet-not-recommended',
      severity: 'warning',
      when: { would_recommend: { equals: false } },
      require: { overall_rating: { below: 4 } },
      message: 'rated 4 or higher, yet not recommended',
    },
  ],
}
