import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AggregationSummary } from '../../../aggregator/summary.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { schemaChecksum } from '../../support/schema-checksum.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { dayBefore, INACTIVE, openTutors, TUTORS } from './tutors-on-servers.ts'

// Every option of the daily aggregation, by the aggregator's own program and by mp, on a small platform of tutors.

const ACTIVE = TUTORS - INACTIVE.length

/** Said to each run but those that are to find it out, so that a midnight between two of them changes nothing. */
const TODAY = dayBefore(0)

const PROGRAMS = [
  ['node aggregator/main.ts', 'aggregator/main.ts', []],
  ['mp aggregate', 'cli/mp.mjs', ['aggregate']],
] as const

/** Arguments, and what is said of them. */
const WRONG: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
  ['a day that there is not', ['--date', '2026-02-30'], /--date.*write a day as 2026-01-31/],
  ['a day ahead', ['--date', dayBefore(-2)], /--date .* lies ahead/],
  ['an option that there is not', ['--dry-rum'], /unknown option '--dry-rum'\n\(Did you mean --dry-run\?\)/],
  ['an argument that nobody asked for', ['tutor_00001'], /too many arguments/],
  ['no names where some belong', ['--entities', ','], /--entities.*name at least one/],
  [
    'both names of one option',
    ['--tutors', 'a', '--entities', 'b'],
    /'--tutors <a,b,...>' cannot be used with option '--entities/,
  ],
  ['batches of nothing', ['--batch-size', '0'], /--batch-size.*at least 1/],
  ['no attempt at all', ['--max-retries', '0'], /--max-retries.*at least 1/],
  ['a delay that is no number', ['--retry-delay', 'soon'], /--retry-delay.*at least 0/],
  ['no retention', ['--cleanup', '--retention-days', '0'], /--retention-days.*at least 1/],
  ['a shard beyond the last', ['--shard', '4/4'], /--shard.*from 0 to n-1/],
  ['a shard of named entities', ['--shard', '0/2', '--tutors', 'a'], /--shard divides all entities/],
  ['a dry run of a shard', ['--shard', '0/2', '--dry-run'], /--dry-run writes nothing/],
]

let tutors: PipelineOnServers

beforeAll(async () => {
  tutors = await openTutors()
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

beforeEach(() => tutors.db.query('truncate tutor_metrics_daily, mp_run, mp_run_failure, mp_run_range'))

const aggregate = (...args: string[]) => runProgram('aggregator/main.ts', tutors, ['--date', TODAY, ...args])

async function summaryOf(...args: string[]): Promise<AggregationSummary> {
  const { code, out, err } = await aggregate('--json', ...args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

async function storedEntities(day: string): Promise<readonly string[]> {
  const { rows } = await tutors.db.query<{ entity: string }>(
    'select entity from tutor_metrics_daily where day = $1 order by 1',
    [day],
  )
  return rows.map((row) => row.entity)
}

/** Sessions completed in the seven days before a day, straight from the facts. */
async function completedBefore(day: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await tutors.db.query<{ entity: string; count: string }>(
    `select entity, count(*) filter (where not no_show and actual_start is not null) as count from fact_session
      where at >= ($1::date - 7)::timestamp at time zone 'UTC' and at < $1::date::timestamp at time zone 'UTC' group by 1`,
    [day],
  )
  return Object.fromEntries(rows.map(({ entity, count }) => [entity, count]))
}

async function completedInRows(day: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await tutors.db.query<{ entity: string; count: string }>(
    'select entity, sessions_completed_7d::text as count from tutor_metrics_daily where day = $1 and acc_sessions_7d > 0',
    [day],
  )
  return Object.fromEntries(rows.map(({ entity, count }) => [entity, count]))
}

describe.each(PROGRAMS)('%s', (_name, main, command) => {
  const run = (...args: string[]) => runProgram(main, tutors, [...command, ...args])

  test('writes a row for every active tutor and says so', async () => {
    const { code, out, err } = await run()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const today = out.match(/^Run date: (.*)$/m)?.[1] ?? ''
    expect([TODAY, dayBefore(0)]).toContain(today)
    expect(out.split('\n')).toEqual([
      '='.repeat(80),
      'DAILY AGGREGATION SUMMARY',
      '='.repeat(80),
      `Run date: ${today}`,
      `Total tutors: ${TUTORS}`,
      `Successful: ${ACTIVE}`,
      'Failed: 0',
      `Skipped: ${INACTIVE.length}`,
      `Total metrics saved: ${ACTIVE * 3}`,
      'Success rate: 100.00%',
      expect.stringMatching(/^Total runtime: \d+\.\d\ds$/),
      `Parity: ${TUTORS} live rows compared, 0 mismatches, 0 missing, 0 overdue`,
      expect.stringMatching(/^Data quality/),
      ...out.split('\n').slice(13, -2),
      '='.repeat(80),
      '',
    ])
    expect(await storedEntities(today)).toHaveLength(ACTIVE)
  })

  test('a schema that was never migrated is told in one line', async () => {
    const pipeline = { ...tutors.pipeline, pipeline: structuredClone(tutors.pipeline.pipeline) }
    Object.assign(pipeline.pipeline.spec.database, { schema: 'elsewhere' })
    const { code, err } = await runProgram(main, { ...servers(tutors), pipeline }, [...command])
    expect(code).toBe(1)
    expect(err).toMatch(
      /^(error: )?schema elsewhere is not migrated to this definition yet; run: mp migrate -f <pipeline file>\n$/,
    )
  })
})

describe.each([
  ['node aggregator/main.ts', 'aggregator/main.ts', [], WRONG],
  ['mp aggregate', 'cli/mp.mjs', ['aggregate'], WRONG.slice(0, 4)],
] as const)('%s', (_name, main, command, wrong) => {
  test.each(wrong)('%s is wrong usage: exit code 2, nothing is done', async (_what, args, message) => {
    const { code, out, err } = await runProgram(main, tutors, [...command, ...args])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).not.toMatch(/^\s+at /m)
    expect(await tutors.count('mp_run')).toBe(0)
  })
})

const servers = ({ databaseUrl, redisUrl }: PipelineOnServers) => ({ databaseUrl, redisUrl })

test.each([0, 1, 17])('--date: windows end at the midnight of the day, %i days ago', async (days) => {
  const day = dayBefore(days)
  const summary = await summaryOf('--date', day, '--include-inactive')
  expect(summary).toMatchObject({ runDate: day, successful: TUTORS, failed: 0 })
  expect(await completedInRows(day)).toEqual(await completedBefore(day))
  expect(Object.keys(await completedInRows(day)).length).toBeGreaterThan(TUTORS / 2)
})

test('running a day again replaces its rows', async () => {
  await summaryOf()
  await tutors.db.query("update tutor_metrics_daily set avg_rating_7d = 1.23, tier_7d = 'made up'")
  expect(await summaryOf()).toMatchObject({ resumed: false, successful: ACTIVE })
  const { rows } = await tutors.db.query("select from tutor_metrics_daily where tier_7d = 'made up'")
  expect(rows).toEqual([])
  expect(await storedEntities(TODAY)).toHaveLength(ACTIVE)
})

test.each(['--tutors', '--entities'])('%s covers those named and no others', async (option) => {
  const summary = await summaryOf(option, 'tutor_00002, tutor_00005,tutor_00002')
  expect(summary).toMatchObject({ total: 2, successful: 2, totalMetricsSaved: 6, unknown: [] })
  expect(await storedEntities(TODAY)).toEqual(['tutor_00002', 'tutor_00005'])
})

test('a name that nobody has is told, and is no success', async () => {
  const { code, out } = await aggregate('--tutors', 'tutor_00002,tutor_99999')
  expect(code).toBe(1)
  expect(out).toContain('\nUnknown: tutor_99999\n')
  expect(await storedEntities(TODAY)).toEqual(['tutor_00002'])
})

test('--include-inactive covers those who left; the next run without it takes their rows back', async () => {
  expect(await summaryOf('--include-inactive')).toMatchObject({ successful: TUTORS, skipped: 0 })
  expect(await storedEntities(TODAY)).toEqual(expect.arrayContaining(INACTIVE))
  expect(await summaryOf()).toMatchObject({ successful: ACTIVE, skipped: INACTIVE.length })
  expect(await storedEntities(TODAY)).not.toEqual(expect.arrayContaining([INACTIVE[0]]))
})

test('--batch-size decides how many entities share a transaction', async () => {
  expect(await summaryOf('--batch-size', '5', '--include-inactive')).toMatchObject({ successful: TUTORS })
  const { rows } = await tutors.db.query(
    'select count(distinct xmin::text)::int as transactions from tutor_metrics_daily',
  )
  expect(rows).toEqual([{ transactions: Math.ceil(TUTORS / 5) }])
})

test('--verbose logs every batch, beside the summary', async () => {
  const { out, err } = await aggregate('--verbose', '--batch-size', '10')
  const logged = err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(logged.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'info daily aggregation begins',
    ...Array(3).fill('debug batch committed'),
  ])
  expect(logged[0]).toMatchObject({ day: TODAY, entities: TUTORS })
  expect(out).toMatch(/^=+\nDAILY AGGREGATION SUMMARY\n/)
})

test('--quiet says nothing of a success', async () => {
  expect(await aggregate('--quiet')).toEqual({ code: 0, out: '', err: '' })
  expect(await storedEntities(TODAY)).toHaveLength(ACTIVE)
})

test('--quiet tells a failure all the same', async () => {
  const { code, out } = await aggregate('--quiet', '--tutors', 'nobody')
  expect(code).toBe(1)
  expect(out).toContain('Unknown: nobody')
})

test('--json prints one object and nothing else, even when verbose', async () => {
  const { out } = await aggregate('--json', '--verbose')
  expect(JSON.parse(out)).toMatchObject({ runDate: TODAY, successful: ACTIVE, parity: { mismatches: 0 } })
})

test.each([[[]], [['--cleanup']], [['--tutors', 'tutor_00002']], [['--date', dayBefore(60)]]])(
  '--dry-run %j computes everything and writes nothing',
  async (args) => {
    const before = await schemaChecksum(tutors.db)
    const { code, out } = await aggregate('--dry-run', ...args)
    expect(code).toBe(0)
    expect(out).toContain('DAILY AGGREGATION SUMMARY (dry run: nothing was written)')
    expect(out).toContain('\nTotal metrics saved: 0\n')
    expect(await schemaChecksum(tutors.db)).toEqual(before)
  },
)

describe('another set', () => {
  let shops: PipelineOnServers

  beforeAll(async () => {
    shops = await PipelineOnServers.open(shopPipeline())
    const worker = await shops.startWorker()
    await shops.publish(orders(0, 100))
    await shops.caughtUp()
    await worker.stop()
  })

  afterAll(() => shops?.[Symbol.asyncDispose]())

  test.each(PROGRAMS)('%s knows it by its own plural', async (_name, main, command) => {
    const { code, out } = await runProgram(main, shops, [...command, '--shops', 'shop-03,shop-07'])
    expect(code).toBe(0)
    expect(out).toContain('\nTotal shops: 2\n')
  })

  test.each(PROGRAMS)('%s does not take the plural of another', async (_name, main, command) => {
    const { code, err } = await runProgram(main, shops, [...command, '--tutors', 'shop-03'])
    expect(code).toBe(2)
    expect(err).toContain("unknown option '--tutors'")
  })
})
