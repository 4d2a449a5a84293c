import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import type { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { dayBefore, INACTIVE, openTutors, TUTORS } from '../aggregator/tutors-on-servers.ts'

// The view of the original system's document, asked as a dashboard asks.

const DAYS = [3, 2, 1, 0].map(dayBefore)

const TODAY = dayBefore(0)

const TIERS = ['Exemplary', 'Strong', 'Developing', 'Needs Attention', 'At Risk']

let tutors: PipelineOnServers

beforeAll(async () => {
  tutors = await openTutors()
  for (const day of DAYS) await runDailyAggregation({ ...tutors, day })
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

// biome-ignore lint/suspicious/noExplicitAny: a dashboard takes whatever columns there are
async function ask(text: string, values: unknown[] = []): Promise<any[]> {
  return (await tutors.db.query(text, values)).rows
}

test("has the original table's columns, in their order and kinds", async () => {
  const columns = await ask(
    "select column_name as name, data_type as type from information_schema.columns where table_name = 'tutor_performance_metrics' order by ordinal_position",
  )
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'metric_id text',
    'tutor_id text',
    'calculation_date timestamp with time zone',
    'window text',
    'sessions_completed integer',
    'avg_rating numeric',
    'first_session_success_rate numeric',
    'reschedule_rate numeric',
    'no_show_count integer',
    'engagement_score numeric',
    'learning_objectives_met_pct numeric',
    'response_time_avg_minutes numeric',
    'performance_tier text',
    'created_at timestamp with time zone',
    'updated_at timestamp with time zone',
  ])
})

test('has one row for each tutor, calculation and window: the daily history and the live row', async () => {
  const [counts] = await ask(
    `select count(*)::int as rows, count(distinct metric_id)::int as ids, count(distinct (tutor_id, calculation_date, "window"))::int as keys,
            max(length(metric_id)) as longest_id, array_agg(distinct "window" order by "window") as windows from tutor_performance_metrics`,
  )
  const rows = (TUTORS - INACTIVE.length) * 3 * DAYS.length + TUTORS * 3
  expect(counts).toEqual({
    rows,
    ids: rows,
    keys: rows,
    longest_id: expect.any(Number),
    windows: ['30day', '7day', '90day'],
  })
  expect(counts.longest_id).toBeLessThanOrEqual(50)
})

test('ids stay when a day is run again', async () => {
  const ids = () => ask('select metric_id from tutor_performance_metrics order by 1')
  const before = await ids()
  await runDailyAggregation({ ...tutors, day: DAYS[1] as string })
  expect(await ids()).toEqual(before)
})

describe('the latest row per tutor', () => {
  test.each([
    [
      'distinct on',
      `select distinct on (tutor_id) tutor_id, calculation_date, sessions_completed, performance_tier
        from tutor_performance_metrics where "window" = '30day' order by tutor_id, calculation_date desc`,
    ],
    [
      'a window function',
      `select tutor_id, calculation_date, sessions_completed, performance_tier from (
        select m.*, row_number() over (partition by tutor_id order by calculation_date desc) as n
          from tutor_performance_metrics m where "window" = '30day') ranked where n = 1 order by tutor_id`,
    ],
    [
      'a join with the maximum',
      `select m.tutor_id, m.calculation_date, m.sessions_completed, m.performance_tier from tutor_performance_metrics m
        join (select tutor_id, max(calculation_date) as latest from tutor_performance_metrics group by 1) l
          on l.tutor_id = m.tutor_id and l.latest = m.calculation_date where m."window" = '30day' order by 1`,
    ],
  ])('by %s is the live one', async (_how, text) => {
    const live = await ask(
      'select entity as tutor_id, as_of as calculation_date, sessions_completed_30d::int as sessions_completed, tier_30d as performance_tier from tutor_metrics order by entity',
    )
    expect(await ask(text)).toEqual(live)
    expect(live).toHaveLength(TUTORS)
  })
})

test('the distribution of tiers adds up to the tutors', async () => {
  const tiers = await ask(
    `select performance_tier as tier, count(*)::int as tutors, round(100.0 * count(*) / sum(count(*)) over (), 1)::float8 as share
       from tutor_performance_metrics where "window" = '30day' and calculation_date::date = $1 group by 1 order by 2 desc`,
    [TODAY],
  )
  const atMidnight = tiers.reduce((sum, { tutors: count }) => sum + count, 0)
  expect(atMidnight).toBe(TUTORS - INACTIVE.length + TUTORS) // the day's rows and, calculated later that day, the live ones
  for (const { tier } of tiers) expect([...TIERS, null]).toContain(tier)
  expect(tiers.filter(({ tier }) => tier !== null).length).toBeGreaterThan(1)
})

test("a tutor's history goes day by day up to now", async () => {
  const history = await ask(
    `select calculation_date, sessions_completed, avg_rating, engagement_score from tutor_performance_metrics
      where tutor_id = 'tutor_00005' and "window" = '7day' and calculation_date >= now() - interval '30 days' order by calculation_date`,
  )
  expect(history.slice(0, -1).map(({ calculation_date }) => calculation_date.toISOString())).toEqual(
    DAYS.map((day) => `${day}T00:00:00.000Z`),
  )
  for (const [i, day] of DAYS.entries()) {
    const [facts] = await ask(
      `select count(*) filter (where not no_show and actual_start is not null)::int as sessions_completed from fact_session
        where entity = 'tutor_00005' and at >= ($1::date - 7)::timestamp at time zone 'UTC' and at < $1::date::timestamp at time zone 'UTC'`,
      [day],
    )
    expect(history[i]).toMatchObject(facts)
  }
})

test('means over all tutors can be taken', async () => {
  const [means] = await ask(
    `select avg(avg_rating)::float8 as rating, avg(engagement_score)::float8 as engagement, sum(no_show_count)::int as no_shows
       from tutor_performance_metrics where "window" = '90day' and calculation_date = (select max(calculation_date) from tutor_performance_metrics where metric_id like 'daily%')`,
  )
  expect(means.rating).toBeGreaterThan(1)
  expect(means.rating).toBeLessThanOrEqual(5)
  expect(means.engagement).toBeGreaterThan(0)
  expect(means.engagement).toBeLessThanOrEqual(100)
})

test('a window that is added is in the view as well', async () => {
  const text = readFileSync('examples/tutor-performance.yaml', 'utf8').replace('[7d, 30d, 90d]', '[7d, 14d, 30d, 90d]')
  const parsed = parsePipeline(text, 'tutors')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  await migratePipeline(parsed, tutors.databaseUrl)
  const windows = await ask('select distinct "window" from tutor_performance_metrics order by 1')
  expect(windows.map((row) => row.window)).toEqual(['14day', '30day', '7day', '90day'])
})
