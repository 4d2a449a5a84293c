import { describe, expect, test } from 'vitest'
import { createMetricSet, type MetricSetOptions } from '../../../core/metric-sets/metric-set.ts'
import { TUTOR_PERFORMANCE } from '../../../core/metric-sets/tutor-performance/definition.ts'
import { DEFAULT_TIERS, ORIGINAL_TIERS } from '../../../core/metric-sets/tutor-performance/tiers.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { judgeTier } from '../../../core/metrics/judge-tier.ts'
import { decimalFraction } from '../../../core/numbers/decimal-fraction.ts'
import { docTable } from '../../support/doc-table.ts'
import { liveFacts } from '../../support/live-facts.ts'
import {
  AS_OF,
  HELD,
  NO_SHOW,
  type TutorHistory,
  type TutorHistoryData,
  tutorFacts,
} from '../../support/tutor-history.ts'

// docs/exactness.md says what the vectors of the original system come to here: every line is computed.

const PAGE = 'docs/exactness.md'

const ABSENT: Partial<MetricSetOptions> = { signals: { logins: 'Absent' } }

const many = (count: number, session: TutorHistoryData): readonly TutorHistoryData[] => Array(count).fill(session)

const rescheduled = (moved: number, sessions: number): TutorHistory => ({
  sessions: [...many(moved, { ...HELD, tutor_initiated_reschedule: true }), ...many(sessions - moved, HELD)],
})

const engaged = (...scores: readonly (number | null)[]): readonly TutorHistoryData[] =>
  scores.map((score) => ({ ...HELD, engagement_score: score }))

const OF_FOUR = [
  { ...HELD, engagement_score: 0.9, late_start_minutes: 11 },
  { ...HELD, engagement_score: 0.7, late_start_minutes: 10 },
  HELD,
  { ...NO_SHOW, engagement_score: 0 },
]

const FIRST = { ...HELD, session_number: 1 }

const RESPONSES = [{ response_time_minutes: 10 }, { response_time_minutes: 5.5 }]

/** By the table's lines, in their order. */
const VECTORS: readonly (readonly [metric: string, history: TutorHistory, options?: Partial<MetricSetOptions>])[] = [
  ['avg_rating', { sessions: many(8, HELD), ratings: [4, 4, 4, 4, 4, 4, 4, 5] }],
  ['avg_rating', { sessions: many(8, HELD), ratings: [4, 4, 4, 4, 4, 5, 5, 5] }],
  ['avg_rating', { sessions: [HELD] }],
  ['reschedule_rate', rescheduled(1, 3)],
  ['reschedule_rate', rescheduled(1, 8)],
  ['reschedule_rate', rescheduled(1, 32)],
  ['reschedule_rate', rescheduled(23, 160)],
  ['reschedule_rate', {}],
  ['engagement_score', { sessions: OF_FOUR, logins: 3 }],
  ['engagement_score', { sessions: OF_FOUR }],
  ['engagement_score', { sessions: OF_FOUR }, ABSENT],
  ['engagement_score', { sessions: many(2, HELD) }],
  ['engagement_score', { sessions: many(2, HELD) }, ABSENT],
  ['engagement_score', { sessions: engaged(1), logins: 3 }],
  ['engagement_score', { sessions: engaged(90, 70), logins: 2 }],
  ['engagement_score', { sessions: engaged(0.9, 0.7), logins: 2 }],
  [
    'learning_objectives_met_pct',
    { sessions: [true, false, null, true].map((met) => ({ ...HELD, learning_objectives_met: met })) },
  ],
  ['first_session_success_rate', { sessions: many(3, FIRST), ratings: [5, 3, undefined] }],
  ['first_session_success_rate', { sessions: [FIRST] }],
  ['response_time_avg_minutes', { responses: [...RESPONSES, undefined, {}] }],
  ['response_time_avg_minutes', { responses: [...RESPONSES, { response_time_minutes: '7' }] }],
  ['response_time_avg_minutes', { responses: [...RESPONSES, { response_time_minutes: null }] }],
]

const METRIC_ROWS = docTable(PAGE, 'Vector', 'Original', 'Here')

describe('metrics', () => {
  test.each(METRIC_ROWS)('%s', (vector, original, here, why) => {
    const [metric, history, options] = VECTORS[METRIC_ROWS.findIndex(([name]) => name === vector)] ?? []
    if (metric === undefined) throw new Error('the page has a vector that the test has not')
    expect(ourValue(metric, history ?? {}, options)).toBe(here)
    expect(why === '', 'a reason stands where the values differ, and only there').toBe(
      original === here || Number(original) === Number(here),
    )
  })

  test('the page has all of them', () => {
    expect(METRIC_ROWS).toHaveLength(VECTORS.length)
  })
})

const TIER_ROWS = docTable(PAGE, 'Rating', 'First sessions')

const FLAGGED = [
  'avg_rating',
  'first_session_success_rate',
  'reschedule_rate',
  'no_show_count',
  'engagement_score',
  'learning_objectives_met_pct',
]

describe('tiers', () => {
  test.each(TIER_ROWS)(
    'rating %s, first sessions %s, reschedules %s, %s no-shows, engagement %s, objectives %s',
    (...row) => {
      const [original, underOriginal, underDefault] = row.slice(FLAGGED.length)
      const given = new Map(FLAGGED.map((name, i) => [name, row[i] === 'null' ? null : Number(row[i])] as const))
      const sessions = given.get('avg_rating') === null ? 0 : 20
      const rate = sessions === 0 ? null : ((given.get('no_show_count') ?? 0) * 100) / sessions
      const values = new Map(
        [...given, ['sessions', sessions] as const, ['no_show_rate', rate] as const].map(
          ([name, value]) => [name, value === null ? null : decimalFraction(value)] as const,
        ),
      )
      expect(String(judgeTier(ORIGINAL_TIERS, values).tier)).toBe(underOriginal)
      expect(underOriginal).toBe(original)
      expect(String(judgeTier(DEFAULT_TIERS, values).tier)).toBe(underDefault)
    },
  )

  test('there are as many as were recorded', () => {
    expect(TIER_ROWS).toHaveLength(11)
  })
})

/** As the table writes it: `null` where there is no value, `refused` where an event makes no fact. */
function ourValue(metric: string, history: TutorHistory, options: Partial<MetricSetOptions> = {}): string {
  const set = createMetricSet(TUTOR_PERFORMANCE, { windows: [7], alignment: 'UtcDay', ...options })
  try {
    const facts = liveFacts(set, tutorFacts(set, 'tutor', history)).get('tutor') ?? []
    const [window] = evaluateEntity(set, facts, AS_OF).windows
    return String(window?.metrics[set.metrics.findIndex(({ name }) => name === metric)])
  } catch (error) {
    if (error instanceof Error && error.message.includes('invalid-field')) return 'refused'
    throw error
  }
}
