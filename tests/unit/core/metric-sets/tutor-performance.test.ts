import { describe, expect, test } from 'vitest'
import { createEventParser, type EventOutcome } from '../../../../core/events/parse-event.ts'
import { checkDefinition } from '../../../../core/metric-sets/check-definition.ts'
import { createMetricSet, type MetricSetOptions } from '../../../../core/metric-sets/metric-set.ts'
import { TUTOR_PERFORMANCE } from '../../../../core/metric-sets/tutor-performance/definition.ts'
import { type Instant, parseInstant } from '../../../../core/time/instant.ts'

const OPTIONS: MetricSetOptions = { windows: [7, 30, 90], alignment: 'UtcDay' }

const PUBLISHED = '2026-11-23T12:00:00Z'

const set = createMetricSet(TUTOR_PERFORMANCE, OPTIONS)
const parse = createEventParser(set)

type Data = Readonly<Record<string, unknown>>

const TUTOR: Data = {
  tutor_id: 'tutor_1',
  name: 'Ada Byron',
  email: 'ada.byron@example.org',
  age: 40,
  location: 'London',
  education_level: 'PhD',
  subjects: ['Mathematics', 'Computer Science'],
  subject_type: 'STEM',
  onboarding_date: '2025-11-23T00:00:00Z',
  tenure_days: 365,
  behavioral_archetype: 'steady',
  baseline_sessions_per_week: 12.5,
  status: 'active',
  created_at: '2025-11-23T00:00:00Z',
  updated_at: '2026-11-23T11:59:00Z',
}

const SESSION: Data = {
  session_id: 'session_1',
  tutor_id: 'tutor_1',
  student_id: 'student_1',
  session_number: 1,
  is_first_session: true,
  scheduled_start: '2026-11-23T10:00:00Z',
  actual_start: '2026-11-23T10:05:00Z',
  duration_minutes: 60,
  subject: 'Algebra',
  session_type: '1-on-1',
  tutor_initiated_reschedule: false,
  no_show: false,
  late_start_minutes: 5,
  engagement_score: 0.85,
  learning_objectives_met: true,
  technical_issues: false,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-23T11:06:00Z',
}

const NO_SHOW: Data = {
  ...SESSION,
  actual_start: null,
  no_show: true,
  late_start_minutes: 0,
  engagement_score: null,
  learning_objectives_met: null,
}

const FEEDBACK: Data = {
  feedback_id: 'feedback_1',
  session_id: 'session_1',
  student_id: 'student_1',
  tutor_id: 'tutor_1',
  overall_rating: 5,
  is_first_session: false,
  subject_knowledge_rating: 5,
  communication_rating: 5,
  patience_rating: 4,
  engagement_rating: 5,
  helpfulness_rating: 5,
  submitted_at: '2026-11-23T11:30:00Z',
  created_at: '2026-11-23T11:30:01Z',
}

const FIRST_FEEDBACK: Data = { ...FEEDBACK, is_first_session: true, would_recommend: true, improvement_areas: [] }

const EVENT: Data = {
  event_id: 'event_1',
  tutor_id: 'tutor_1',
  event_type: 'message_response',
  event_timestamp: '2026-11-23T11:00:00Z',
  metadata: { response_time_minutes: 7.75 },
}

function instant(text: string): Instant {
  const parsed = parseInstant(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.instant
}

/** The base with some fields replaced; `undefined` leaves a field out. */
function parsed(type: string, base: Data, change: Data): EventOutcome {
  const publishedAt = instant(PUBLISHED)
  return parse({ type, id: 'event', publishedAt, tombstone: false, data: { ...base, ...change }, textual: false })
}

/** What became of the event, in a word: the warnings of a fact, or the reason and the details of a refusal. */
function verdict(outcome: EventOutcome): string {
  if (outcome.kind === 'fact') return ['fact', ...outcome.fact.warnings].join(' ')
  if (outcome.kind === 'rejected') return [outcome.rejection.reason, ...outcome.rejection.details].join(' | ')
  return outcome.kind
}

describe('the definition', () => {
  test('has no mistake, under either rule set and with or without logins', () => {
    expect(checkDefinition(TUTOR_PERFORMANCE, OPTIONS)).toEqual([])
    expect(
      checkDefinition(TUTOR_PERFORMANCE, { ...OPTIONS, tierRules: 'Original', signals: { logins: 'Absent' } }),
    ).toEqual([])
  })

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(TUTOR_PERFORMANCE))).toStrictEqual(TUTOR_PERFORMANCE)
  })

  test('computes the columns of the source document, and two more', () => {
    expect(set.metrics.map(({ column }) => column)).toEqual([
      'sessions_completed',
      'avg_rating',
      'first_session_success_rate',
      'reschedule_rate',
      'no_show_count',
      'no_show_rate',
      'engagement_score',
      'engagement_score_coverage',
      'learning_objectives_met_pct',
      'response_time_avg_minutes',
    ])
  })

  test('keeps no personal data, and nothing that no metric reads', () => {
    const stored = set.events.map((type) => [type.name, type.stored.map(({ name }) => name)])
    expect(Object.fromEntries(stored)).toEqual({
      session: [
        'session_number',
        'actual_start',
        'tutor_initiated_reschedule',
        'no_show',
        'late_start_minutes',
        'engagement_score',
        'learning_objectives_met',
      ],
      feedback: ['overall_rating'],
      tutor: ['status'],
      tutor_event: ['event_type', 'response_time_minutes'],
      student: [],
    })
  })

  test('takes the tutor and the time of feedback from its session', () => {
    const outcome = parsed('feedback', FEEDBACK, { tutor_id: 'somebody else' })
    expect(outcome).toMatchObject({
      kind: 'fact',
      fact: { id: 'feedback_1', entity: null, at: null, reference: 'session_1' },
    })
  })

  test('leaves students alone', () => {
    expect(parsed('student', {}, { student_id: 's' })).toEqual({
      kind: 'ignored',
      type: 'student',
      reason: 'no metric reads students',
    })
  })

  test('leaves logins out of the engagement score where a pipeline has none', () => {
    const [withLogins, without] = [OPTIONS, { ...OPTIONS, signals: { logins: 'Absent' } } as const].map((options) => {
      const metric = createMetricSet(TUTOR_PERFORMANCE, options).metrics.find(({ name }) => name === 'engagement_score')
      return metric?.formula.kind === 'weighted' ? metric.formula.parts.map(({ weight }) => weight) : []
    })
    expect(withLogins).toEqual([40, 40, 20])
    expect(without).toEqual([40, 20])
  })
})

type Row = readonly [sentence: string, change: Data, verdict: string | RegExp]

const MISSING = (field: string): RegExp => new RegExp(`^missing-field \\| ${field} is missing$`)

const required = (base: Data, optional: readonly string[]): readonly Row[] =>
  Object.keys(base)
    .filter((field) => !optional.includes(field))
    .flatMap((field) => [
      [`${field} must be there`, { [field]: undefined }, MISSING(field)],
      [`${field} must not be null`, { [field]: null }, MISSING(field)],
    ])

const key = (field: string): readonly Row[] => [
  [`${field} has 50 characters at most`, { [field]: 'x'.repeat(50) }, /^fact/],
  [`${field} has no more`, { [field]: 'x'.repeat(51) }, /^invalid-field \| \S+ must have 1 to 50 characters, has 51/],
  [`${field} is not empty`, { [field]: '' }, /^invalid-field/],
  [`${field} is a text`, { [field]: 7 }, /^invalid-field \| \S+ must be a text/],
]

const text = (field: string, longest: number): readonly Row[] => [
  [`${field} fits its column`, { [field]: 'x'.repeat(longest) }, 'fact'],
  [`${field} is no longer than its column`, { [field]: 'x'.repeat(longest + 1) }, /^invalid-field/],
  [`${field} is not empty`, { [field]: '' }, /^invalid-field/],
]

const choice = (field: string, allowed: readonly string[], refused: readonly string[]): readonly Row[] => [
  ...allowed.map((value) => [`${field} may be ${value}`, { [field]: value }, /^fact/] as const),
  ...refused.map(
    (value) => [`${field} may not be ${value}`, { [field]: value }, /^invalid-field \| \S+ must be one of/] as const,
  ),
]

const whole = (field: string, least: number, most: number): readonly Row[] => [
  [`${field} is ${least} at least`, { [field]: least - 1 }, /^invalid-field \| \S+ must lie between/],
  [`${field} is ${most} at most`, { [field]: most + 1 }, /^invalid-field \| \S+ must lie between/],
  [`${field} is a whole number`, { [field]: least + 0.5 }, /^invalid-field \| \S+ must be a whole number/],
  [`${field} is no truth`, { [field]: true }, /^invalid-field/],
]

const truth = (field: string): readonly Row[] => [
  [`${field} is true or false`, { [field]: 1 }, /^invalid-field \| \S+ must be true or false/],
]

const past = (field: string): readonly Row[] => [
  [`${field} may be now`, { [field]: PUBLISHED }, /^fact/],
  [
    `${field} is not in the future`,
    { [field]: '2026-11-23T12:00:00.000001Z' },
    /^invalid-field \| \S+ must not lie more than 0s/,
  ],
  [`${field} is an ISO time`, { [field]: 'yesterday' }, /^invalid-field \| \S+ must be an ISO 8601 time/],
  [`${field} has an offset`, { [field]: '2026-11-23T08:00:00' }, /^invalid-field \| \S+ has no UTC offset/],
  [`${field} is more than a date`, { [field]: '2026-11-23' }, /^invalid-field/],
]

const SUBJECTS =
  'Mathematics,Algebra,Calculus,Geometry,Physics,Chemistry,Biology,Computer Science,English,Writing,Literature,Spanish,French,' +
  'SAT Prep,ACT Prep,AP Test Prep,GRE Prep'

const TUTOR_ROWS: readonly Row[] = [
  ['a complete profile is fine', {}, 'fact'],
  ...required(TUTOR, ['status']),
  ...key('tutor_id'),
  ...text('name', 200),
  ...text('location', 200),
  ...text('education_level', 100),
  [
    'email has a name, an @ and a domain with a dot',
    { email: 'ada@localhost' },
    /^invalid-field \| email must be an e-mail/,
  ],
  ['email fits its column', { email: `${'x'.repeat(243)}@example.org` }, 'fact'],
  ['email is no longer', { email: `${'x'.repeat(244)}@example.org` }, /^invalid-field/],
  ...whole('age', 22, 65),
  ['subjects are a list', { subjects: 'Algebra' }, /^invalid-field \| subjects must be a list/],
  ['subjects are one at least', { subjects: [] }, /^invalid-field \| subjects must have 1 to 10 items/],
  [
    'subjects are ten at most',
    { subjects: Array(11).fill('Algebra') },
    /^invalid-field \| subjects must have 1 to 10 items/,
  ],
  ...SUBJECTS.split(',').map((subject) => [`one may teach ${subject}`, { subjects: [subject] }, 'fact'] as const),
  ['subjects are known ones', { subjects: ['Algebra', 'Alchemy'] }, /^invalid-field \| subjects item 2 must be one of/],
  ...choice('subject_type', ['STEM', 'Language', 'TestPrep'], ['stem']),
  ...past('onboarding_date').map(([sentence, change, expected]): Row => {
    return [sentence, { created_at: PUBLISHED, ...change }, expected]
  }),
  ...past('created_at'),
  ...past('updated_at'),
  ['tenure_days is not negative', { tenure_days: -1 }, /^invalid-field/],
  ['tenure_days is a whole number', { tenure_days: 1.5 }, /^invalid-field/],
  ...choice('behavioral_archetype', ['high_performer', 'at_risk', 'new_tutor', 'steady', 'churner'], ['genius']),
  ['baseline_sessions_per_week is 5 at least', { baseline_sessions_per_week: 4.99 }, /^invalid-field/],
  ['baseline_sessions_per_week is 30 at most', { baseline_sessions_per_week: 30.01 }, /^invalid-field/],
  ['status may be absent', { status: undefined }, 'fact'],
  ...choice('status', ['active', 'inactive', 'churned'], ['suspended']),
  [
    'a profile older than the onboarding is odd',
    { created_at: '2025-11-22T23:59:59Z' },
    'fact created-before-onboarding',
  ],
]

const SESSION_ROWS: readonly Row[] = [
  ['a complete session is fine', {}, 'fact'],
  ...required(SESSION, ['actual_start', 'session_type', 'engagement_score', 'learning_objectives_met']),
  ...key('session_id'),
  ...key('tutor_id'),
  ...key('student_id'),
  ['session_number is 1 at least', { session_number: 0 }, /^invalid-field/],
  ['session_number fits its column', { session_number: 2 ** 31 }, /^invalid-field/],
  ['session_number is no truth', { session_number: true }, /^invalid-field/],
  ['scheduled_start may lie 30 days ahead', { scheduled_start: '2026-12-23T12:00:00Z', actual_start: null }, 'fact'],
  ['scheduled_start lies no further ahead', { scheduled_start: '2026-12-23T12:00:00.000001Z' }, /^invalid-field/],
  [
    'scheduled_start has an offset',
    { scheduled_start: '2026-11-23T10:00:00' },
    /^invalid-field \| \S+ has no UTC offset/,
  ],
  ...past('actual_start'),
  ...whole('duration_minutes', 0, 300),
  ['duration_minutes is a usual one', { duration_minutes: 120 }, 'fact unusual-duration'],
  ...[30, 45, 60, 90].map(
    (minutes) => [`${minutes} minutes are usual`, { duration_minutes: minutes }, 'fact'] as const,
  ),
  ...SUBJECTS.split(',').map((subject) => [`${subject} may be taught`, { subject }, 'fact'] as const),
  ['subject is a known one', { subject: 'Alchemy' }, /^invalid-field \| subject must be one of/],
  ['session_type may be absent', { session_type: null }, 'fact'],
  ...choice('session_type', ['1-on-1', 'group'], ['workshop']),
  ...whole('late_start_minutes', 0, 60),
  ['engagement_score is 0 at least', { engagement_score: -0.01 }, /^invalid-field/],
  ['engagement_score is 1 at most', { engagement_score: 1.01 }, /^invalid-field/],
  [
    'engagement_score is a number',
    { engagement_score: Number.NaN },
    /^invalid-field \| engagement_score must be a number/,
  ],
  ['engagement_score is finite', { engagement_score: Number.POSITIVE_INFINITY }, /^invalid-field/],
  ['engagement_score may be absent', { engagement_score: null }, 'fact'],
  ['learning_objectives_met may be absent', { learning_objectives_met: undefined }, 'fact'],
  ...[
    'is_first_session',
    'tutor_initiated_reschedule',
    'no_show',
    'learning_objectives_met',
    'technical_issues',
  ].flatMap(truth),
  ...past('created_at'),
  ['updated_at is not in the future', { updated_at: '2026-11-23T12:00:01Z' }, /^invalid-field/],
  ['a past session without a start is odd', { actual_start: null }, 'fact past-without-start'],
  ['a coming session without a start is not', { actual_start: null, scheduled_start: '2026-11-24T10:00:00Z' }, 'fact'],
  [
    'late beyond the end is impossible',
    { late_start_minutes: 31, duration_minutes: 30 },
    /^rule-violated \| late-beyond-end: /,
  ],
  ['late until the end is not', { late_start_minutes: 30, duration_minutes: 30 }, 'fact'],
  ['ten minutes more than said is odd', { actual_start: '2026-11-23T10:10:01Z' }, 'fact lateness-disagrees'],
  ['five minutes more than said is not', { actual_start: '2026-11-23T10:10:00Z' }, 'fact'],
  ['eleven minutes too early is odd', { actual_start: '2026-11-23T09:49:00Z' }, 'fact lateness-disagrees'],
  ['a first session is number 1', { session_number: 2 }, 'fact first-session-number'],
  ['number 1 need not say so', { is_first_session: false }, 'fact'],
]

const NO_SHOW_ROWS: readonly Row[] = [
  ['a no-show without start and scores is fine', {}, 'fact'],
  ['a no-show has no start', { actual_start: SESSION['actual_start'] }, /^rule-violated \| no-show-with-start: /],
  ['a no-show may have a little engagement', { engagement_score: 0.1 }, 'fact'],
  ['a no-show with engagement is odd', { engagement_score: 0.11 }, 'fact no-show-engaged'],
]

const CATEGORIES = ['subject_knowledge', 'communication', 'patience', 'engagement', 'helpfulness'].map(
  (name) => `${name}_rating`,
)

const rated = (overall: number, categories: readonly number[]): Data => ({
  overall_rating: overall,
  ...Object.fromEntries(CATEGORIES.map((category, index) => [category, categories[index]])),
})

const FEEDBACK_ROWS: readonly Row[] = [
  ['complete feedback is fine', {}, 'fact'],
  ...required(FEEDBACK, CATEGORIES),
  ...['feedback_id', 'session_id', 'student_id', 'tutor_id'].flatMap(key),
  ...['overall_rating', ...CATEGORIES].flatMap((field) => whole(field, 1, 5)),
  ...CATEGORIES.map((category) => [`${category} may be absent`, { [category]: null }, 'fact'] as const),
  ...truth('is_first_session'),
  ...truth('would_recommend'),
  ['free_text_feedback has 5000 characters at most', { free_text_feedback: 'x'.repeat(5_001) }, /^invalid-field/],
  ['free_text_feedback may have as many', { free_text_feedback: 'x'.repeat(5_000) }, 'fact'],
  ['improvement_areas are texts', { improvement_areas: [1] }, /^invalid-field/],
  ['improvement_areas are ten at most', { improvement_areas: Array(11).fill('late') }, /^invalid-field/],
  ['submitted_at is not in the future', { submitted_at: '2026-11-23T12:00:01Z' }, /^invalid-field/],
  ...past('created_at'),
  [
    'created before it was submitted is impossible',
    { created_at: '2026-11-23T11:29:59Z' },
    /^rule-violated \| created-before-submitted: /,
  ],
  ['created when it was submitted is not', { created_at: FEEDBACK['submitted_at'] }, 'fact'],
  ['1.6 above the mean of the categories is odd', rated(4, [2, 2, 2, 3, 3]), 'fact overall-far-from-categories'],
  ['1.6 below it is odd', rated(3, [5, 5, 5, 4, 4]), 'fact overall-far-from-categories'],
  ['1.4 above it is not', rated(4, [2, 2, 3, 3, 3]), 'fact'],
  ['a low rating is explained', { ...rated(2, [2, 2, 2, 2, 2]) }, 'fact low-rating-unexplained'],
  [
    'a low rating is explained at length',
    { ...rated(2, [2, 2, 2, 2, 2]), free_text_feedback: 'x'.repeat(9) },
    'fact low-rating-unexplained',
  ],
  ['ten characters are length enough', { ...rated(2, [2, 2, 2, 2, 2]), free_text_feedback: 'x'.repeat(10) }, 'fact'],
  ['3 needs no explanation', rated(3, [3, 3, 3, 3, 3]), 'fact'],
  [
    'recommended though poor is odd',
    { ...rated(2, [2, 2, 2, 2, 2]), would_recommend: true, free_text_feedback: 'x'.repeat(10) },
    'fact recommended-though-poor',
  ],
  ['recommended with 3 is not', { ...rated(3, [3, 3, 3, 3, 3]), would_recommend: true }, 'fact'],
  [
    'good yet not recommended is odd',
    { ...rated(4, [4, 4, 4, 4, 4]), would_recommend: false },
    'fact good-yet-not-recommended',
  ],
  ['not recommended with 3 is not', { ...rated(3, [3, 3, 3, 3, 3]), would_recommend: false }, 'fact'],
]

const FIRST_FEEDBACK_ROWS: readonly Row[] = [
  ['complete feedback on a first session is fine', {}, 'fact'],
  ['would_recommend must be there', { would_recommend: undefined }, /^rule-violated \| first-session-recommendation: /],
  ['improvement_areas should be there', { improvement_areas: undefined }, 'fact first-session-improvements'],
  ['3 says what to improve', { ...rated(3, [3, 3, 3, 3, 3]) }, 'fact low-first-session-unexplained'],
  ['4 need not', { ...rated(4, [4, 4, 4, 4, 4]) }, 'fact'],
  ['one area is enough', { ...rated(3, [3, 3, 3, 3, 3]), improvement_areas: ['late'] }, 'fact'],
]

const EVENT_ROWS: readonly Row[] = [
  ['a complete event is fine', {}, 'fact'],
  ...required(EVENT, ['metadata']),
  ...key('event_id'),
  ...key('tutor_id'),
  ...text('event_type', 100),
  ...past('event_timestamp'),
  ['metadata may be absent', { metadata: undefined }, 'fact'],
  ['metadata may be empty', { metadata: {} }, 'fact'],
  ['a response time may be null', { metadata: { response_time_minutes: null } }, 'fact'],
  [
    'a text for a response time is left out',
    { metadata: { response_time_minutes: '7' } },
    'fact invalid-response_time_minutes',
  ],
  [
    'a negative response time is left out',
    { metadata: { response_time_minutes: -1 } },
    'fact invalid-response_time_minutes',
  ],
  [
    'an absurd response time is left out',
    { metadata: { response_time_minutes: 100_001 } },
    'fact invalid-response_time_minutes',
  ],
]

describe.each([
  ['tutor', 'a profile', TUTOR, TUTOR_ROWS],
  ['session', 'a session', SESSION, SESSION_ROWS],
  ['session', 'a no-show', NO_SHOW, NO_SHOW_ROWS],
  ['feedback', 'feedback', FEEDBACK, FEEDBACK_ROWS],
  ['feedback', 'feedback on a first session', FIRST_FEEDBACK, FIRST_FEEDBACK_ROWS],
  ['tutor_event', 'an event', EVENT, EVENT_ROWS],
])('%s: %s', (type, _title, base, rows) => {
  test.each(rows)('%s', (_sentence, change, expected) => {
    expect(verdict(parsed(type, base, change))).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    )
  })
})
