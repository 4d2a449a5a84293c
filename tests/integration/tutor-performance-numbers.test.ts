import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeFacts } from '../../adapters/postgres/encode-facts.ts'
import { upsertFactsStatement } from '../../adapters/postgres/set-sql/fact-statements.ts'
import { entitiesScope } from '../../adapters/postgres/set-sql/scopes.ts'
import { setTableStatements } from '../../adapters/postgres/set-sql/set-tables.ts'
import { windowQuery } from '../../adapters/postgres/set-sql/window-query.ts'
import type { Fact } from '../../core/events/parse-event.ts'
import { createMetricSet, type MetricSet, type MetricSetOptions } from '../../core/metric-sets/metric-set.ts'
import { TUTOR_PERFORMANCE } from '../../core/metric-sets/tutor-performance/definition.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { windowStart } from '../../core/time/window.ts'
import { type FreshDatabase, freshDatabase } from '../support/servers.ts'
import {
  AS_OF,
  type TutorHistoryData as Data,
  HELD,
  type TutorHistory as History,
  NO_SHOW,
  tutorFacts,
} from '../support/tutor-history.ts'

// What the definition comes to in numbers, by hand for each case; the quirks that the original has here are in its name.

const OPTIONS: MetricSetOptions = { windows: [7], alignment: 'UtcDay' }

let database: FreshDatabase
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const statement of setTableStatements(createMetricSet(TUTOR_PERFORMANCE, OPTIONS))) await client.query(statement)
})

afterAll(async () => {
  await client?.end()
  await database?.drop()
})

const many = (count: number, session: Data): readonly Data[] => Array.from({ length: count }, () => session)

const ROWS: readonly (readonly [sentence: string, history: History, row: Data])[] = [
  [
    'nobody without a session is judged',
    {},
    {
      sessions_completed: '0',
      no_show_count: '0',
      reschedule_rate: null,
      engagement_score: null,
      engagement_score_coverage: null,
      tier: null,
    },
  ],
  [
    'means are rounded half up, where the original has 4.12',
    { sessions: many(8, HELD), ratings: [4, 4, 4, 4, 4, 4, 4, 5] },
    { avg_rating: '4.13' },
  ],
  ['another mean', { sessions: many(8, HELD), ratings: [4, 4, 4, 4, 4, 5, 5, 5] }, { avg_rating: '4.38' }],
  ['no feedback, no mean', { sessions: [HELD] }, { avg_rating: null, first_session_success_rate: null }],
  [
    'rates are rounded half up, where the original has 3.12',
    { sessions: [{ ...HELD, tutor_initiated_reschedule: true }, ...many(31, HELD)] },
    { reschedule_rate: '3.13' },
  ],
  [
    'rates count no-shows among what was scheduled',
    { sessions: [{ ...NO_SHOW, tutor_initiated_reschedule: true }, HELD, HELD] },
    { reschedule_rate: '33.33', no_show_rate: '33.33', no_show_count: '1', sessions_completed: '2' },
  ],
  [
    'engagement is scaled once and leaves no-shows out: 0.4 * 75 + 0.4 * 80 + 0.2 * 2/3, where the original has 45.21',
    {
      sessions: [
        { ...HELD, engagement_score: 0.9, late_start_minutes: 11 },
        { ...HELD, engagement_score: 0.7, late_start_minutes: 10 },
        { ...HELD, engagement_score: null },
        { ...NO_SHOW, engagement_score: 0.1 },
      ],
      logins: 3,
    },
    { engagement_score: '75.33', engagement_score_coverage: '100.00' },
  ],
  [
    'without a single score the mean counts as 50',
    { sessions: many(2, { ...HELD, engagement_score: null }) },
    { engagement_score: '40.00', engagement_score_coverage: '100.00' },
  ],
  [
    'logins beyond the sessions add nothing',
    { sessions: [{ ...HELD, engagement_score: 1 }], logins: 3 },
    { engagement_score: '100.00' },
  ],
  [
    'with no-shows alone there is no punctuality: (0.4 * 100 + 0.4 * 50) / 0.8',
    { sessions: [NO_SHOW], logins: 1 },
    { engagement_score: '75.00', engagement_score_coverage: '80.00', learning_objectives_met_pct: null },
  ],
  [
    'objectives that nobody knows of do not count',
    { sessions: [true, false, null, true].map((met) => ({ ...HELD, learning_objectives_met: met })) },
    { learning_objectives_met_pct: '66.67' },
  ],
  [
    'nor do those of no-shows',
    {
      sessions: [
        { ...HELD, learning_objectives_met: true },
        { ...HELD, learning_objectives_met: false },
        { ...NO_SHOW, learning_objectives_met: false },
        { ...NO_SHOW, learning_objectives_met: true },
        { ...NO_SHOW, learning_objectives_met: true },
      ],
    },
    { learning_objectives_met_pct: '50.00' },
  ],
  [
    'first sessions that nobody rated do not count',
    { sessions: many(3, { ...HELD, session_number: 1 }), ratings: [5, 3, undefined] },
    { first_session_success_rate: '50.00', avg_rating: '4.00' },
  ],
  [
    'later sessions say nothing of first ones',
    { sessions: [HELD, HELD, { ...HELD, session_number: 1 }], ratings: [1, 5, 4] },
    { first_session_success_rate: '100.00', avg_rating: '3.33' },
  ],
  [
    'response times that are none are left out, where the original fails',
    {
      responses: [
        { response_time_minutes: 10 },
        { response_time_minutes: 5.5 },
        undefined,
        {},
        { response_time_minutes: '7' },
      ],
    },
    { response_time_avg_minutes: '7.75' },
  ],
]

describe('the numbers', () => {
  test.each(ROWS)('%s', async (_sentence, history, expected) => {
    expect(await rowOf(history, OPTIONS)).toMatchObject(expected)
  })

  test('without login events the other parts make up the whole score', async () => {
    const history = { sessions: [{ ...HELD, engagement_score: 0.8, late_start_minutes: 11 }] }
    expect(await rowOf(history, { ...OPTIONS, signals: { logins: 'Absent' } })).toMatchObject({
      engagement_score: '53.33',
      engagement_score_coverage: '60.00',
    })
  })
})

/** Twenty sessions that raise every flag to green, but for what `change` does to the first `spoilt` of them. */
function twenty(change: Data, spoilt: number, rating = 5): History {
  const session = (index: number): Data => ({
    ...(index < spoilt && change['no_show'] === true
      ? NO_SHOW
      : { ...HELD, engagement_score: 0.9, learning_objectives_met: true }),
    session_number: 1,
    ...(index < spoilt ? change : {}),
  })
  return {
    sessions: Array.from({ length: 20 }, (_, index) => session(index)),
    ratings: Array(20).fill(rating),
    logins: 20,
  }
}

const TIERS: readonly (readonly [sentence: string, history: History, byDefault: string | null, original: string])[] = [
  ['all green', twenty({}, 0), 'Exemplary', 'Exemplary'],
  ['no session at all', {}, null, 'Developing'],
  ['three sessions, the fewest to judge by', { sessions: many(3, HELD) }, 'Needs Attention', 'Needs Attention'],
  ['two sessions only', { sessions: many(2, HELD) }, null, 'Needs Attention'],
  ['one no-show in twenty is on the edge', twenty({ no_show: true }, 1), 'Exemplary', 'Exemplary'],
  ['two no-shows in twenty are ten percent', twenty({ no_show: true }, 2), 'Needs Attention', 'Exemplary'],
  ['four no-shows', twenty({ no_show: true }, 4), 'Needs Attention', 'Needs Attention'],
  ['ratings and first sessions are red', twenty({}, 0, 3), 'Needs Attention', 'Needs Attention'],
  ['so are reschedules', twenty({ tutor_initiated_reschedule: true }, 4, 3), 'At Risk', 'At Risk'],
  ['reschedules of 15 percent are neither', twenty({ tutor_initiated_reschedule: true }, 3), 'Exemplary', 'Exemplary'],
  [
    'green but for ratings, objectives and reschedules, none of them red',
    twenty({ tutor_initiated_reschedule: true, learning_objectives_met: false }, 3, 4),
    'Strong',
    'Strong',
  ],
]

describe('the tiers', () => {
  test.each(TIERS)('%s', async (_sentence, history, byDefault, original) => {
    expect((await rowOf(history, OPTIONS))['tier']).toBe(byDefault)
    expect((await rowOf(history, { ...OPTIONS, tierRules: 'Original' }))['tier']).toBe(original)
  })
})

interface Hundred {
  readonly noShows?: number
  readonly rescheduled?: number
  readonly objectivesMet?: number
  readonly late?: number
  readonly engagement?: number
  /** How many of the hundred ratings are better than the rest, and both ratings. */
  readonly ratings?: readonly [better: number, rating: number, otherwise: number]
}

/** A hundred first sessions, so that one of them is one percent, and as many logins. */
function hundred({
  noShows = 0,
  rescheduled = 0,
  objectivesMet = 100,
  late = 0,
  engagement = 1,
  ratings: [better, rating, otherwise] = [100, 5, 5],
}: Hundred): History {
  const session = (index: number): Data => ({
    ...(index < noShows
      ? NO_SHOW
      : {
          ...HELD,
          engagement_score: engagement,
          learning_objectives_met: index < objectivesMet,
          late_start_minutes: index < late ? 11 : 0,
        }),
    session_number: 1,
    tutor_initiated_reschedule: index < rescheduled,
  })
  const indexes = Array.from({ length: 100 }, (_, index) => index)
  return {
    sessions: indexes.map(session),
    ratings: indexes.map((index) => (index < better ? rating : otherwise)),
    logins: 100,
  }
}

const FLAGS: readonly (readonly [metric: string, value: string, history: Hundred, flag: string | undefined])[] = [
  ['avg_rating', '4.50', { ratings: [50, 5, 4] }, 'green'],
  ['avg_rating', '4.49', { ratings: [49, 5, 4] }, undefined],
  ['avg_rating', '3.50', { ratings: [50, 4, 3] }, undefined],
  ['avg_rating', '3.49', { ratings: [49, 4, 3] }, 'red'],
  ['first_session_success_rate', '85.00', { ratings: [85, 4, 1] }, 'green'],
  ['first_session_success_rate', '84.00', { ratings: [84, 4, 1] }, undefined],
  ['first_session_success_rate', '70.00', { ratings: [70, 4, 1] }, undefined],
  ['first_session_success_rate', '69.00', { ratings: [69, 4, 1] }, 'red'],
  ['reschedule_rate', '10.00', { rescheduled: 10 }, 'green'],
  ['reschedule_rate', '11.00', { rescheduled: 11 }, undefined],
  ['reschedule_rate', '15.00', { rescheduled: 15 }, undefined],
  ['reschedule_rate', '16.00', { rescheduled: 16 }, 'red'],
  ['engagement_score', '80.00', { engagement: 0.5 }, 'green'],
  ['engagement_score', '79.80', { engagement: 0.5, late: 1 }, undefined],
  ['engagement_score', '60.00', { engagement: 0 }, undefined],
  ['engagement_score', '59.80', { engagement: 0, late: 1 }, 'red'],
  ['learning_objectives_met_pct', '90.00', { objectivesMet: 90 }, 'green'],
  ['learning_objectives_met_pct', '89.00', { objectivesMet: 89 }, undefined],
  ['learning_objectives_met_pct', '80.00', { objectivesMet: 80 }, undefined],
  ['learning_objectives_met_pct', '79.00', { objectivesMet: 79 }, 'red'],
  ['no_show_rate', '0.00', { noShows: 0 }, 'green'],
  ['no_show_rate', '1.00', { noShows: 1 }, undefined],
  ['no_show_rate', '5.00', { noShows: 5 }, undefined],
  ['no_show_rate', '6.00', { noShows: 6 }, 'red'],
  ['no_show_count', '0', { noShows: 0 }, 'green'],
  ['no_show_count', '1', { noShows: 1 }, undefined],
  ['no_show_count', '3', { noShows: 3 }, undefined],
  ['no_show_count', '4', { noShows: 4 }, 'red'],
]

describe('the flags', () => {
  test.each(FLAGS)('%s %s', async (metric, value, history, flag) => {
    const row = await rowOf(hundred(history), {
      ...OPTIONS,
      tierRules: metric === 'no_show_count' ? 'Original' : 'Default',
    })
    const flags = Object.fromEntries(
      String(row['flags'])
        .split(',')
        .map((each) => each.split('=')),
    )
    expect(row[metric]).toBe(value)
    expect(flags[metric]).toBe(flag)
  })
})

let tutors = 0

/** The row of a tutor who did all that, with columns named as metrics. */
async function rowOf(history: History, options: MetricSetOptions): Promise<Data> {
  const set = createMetricSet(TUTOR_PERFORMANCE, options)
  tutors += 1
  const tutor = `tutor_${tutors}`
  await store(set, tutorFacts(set, tutor, history))
  const { rows } = await client.query(windowQuery(set, entitiesScope(set)), [
    [tutor],
    formatInstant(AS_OF),
    formatInstant(windowStart(AS_OF, 7, 'UtcDay')),
  ])
  return Object.fromEntries(Object.entries(rows[0]).map(([column, value]) => [column.replace(/_7d$/, ''), value]))
}

async function store(set: MetricSet, facts: readonly Fact[]): Promise<void> {
  for (const type of set.events) {
    const own = facts.filter((fact) => fact.type === type)
    if (own.length > 0) await client.query(upsertFactsStatement(type), encodeFacts(type, own))
  }
}
