import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createLogger,
  createWorker,
  EventProducer,
  isSuccess,
  loadPipeline,
  migratePipeline,
  parsePipeline,
  runDailyAggregation,
} from '../../../index.ts'
import { eventually } from '../../support/eventually.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../../support/servers.ts'

// The package as a program uses it: everything here comes from index.ts, but for asking the database.

let database: FreshDatabase
let redis: FreshRedis

beforeAll(async () => {
  database = await freshDatabase()
  redis = await freshRedis()
})

afterAll(async () => {
  await database?.drop()
  await redis?.release()
})

test('a program publishes, runs a worker, reads rows and proves them', async () => {
  const parsed = parsePipeline(await readFile('examples/airport-departures.yaml', 'utf8'), 'airport-departures.yaml')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  const connections = { databaseUrl: database.url, redisUrl: redis.url }
  expect(await migratePipeline(parsed, database.url)).toEqual({ revision: 1, isNew: true })

  const producer = await EventProducer.connect(redis.url)
  const departures = Array.from({ length: 12 }, (_, i) => ({
    stream: 'flights:departures',
    type: 'departure',
    id: `flight-${i}`,
    data: {
      origin: 'JFK',
      destination: 'LAX',
      scheduledAt: `2001-01-${10 + i}T12:00:00-05:00`,
      delayMinutes: i,
      distanceMiles: 2475,
    },
  }))
  expect(await producer.publish(departures)).toHaveLength(12)
  await producer.publish(departures.slice(0, 3)) // again: counted once
  await producer.close()

  const worker = createWorker({
    pipeline: parsed,
    ...connections,
    consumer: 'a-program',
    log: createLogger('silent', 'a-program'),
  })
  await worker.start()
  expect(worker.state).toBe('running')
  const db = new pg.Client({ connectionString: database.url })
  await db.connect()
  const row = await eventually(async () => {
    const { rows } = await db.query(
      'select departures_90d::int as departures, mean_delay_90d as mean, tier_90d as tier from flights.airport_metrics',
    )
    expect(rows).toMatchObject([{ departures: 12 }])
    return rows[0]
  })
  expect(row).toEqual({ departures: 12, mean: '5.50', tier: 'Reliable' })
  await worker.stop()
  expect(await worker.ended).toBe('stopped')

  const progress: unknown[] = []
  const summary = await runDailyAggregation({
    pipeline: parsed,
    databaseUrl: database.url,
    onProgress: (...done) => progress.push(done),
  })
  expect(isSuccess(summary)).toBe(true)
  expect(summary).toMatchObject({
    runDate: '2001-01-22',
    total: 1,
    successful: 1,
    totalMetricsSaved: 3,
    successRate: 100,
    parity: { compared: 1, mismatches: 0, missing: 0 },
  })
  expect(progress).toEqual([[1, 1, 'aggregated']]) // rows are compared along with that
  expect((await db.query('select departures_7d::int as departures from flights.airport_metrics_daily')).rows).toEqual([
    { departures: 7 },
  ])
  await db.end()
})

test('an aggregation that is told to stop says that it did not finish', async () => {
  const pipeline = await loadPipeline('examples/airport-departures.yaml')
  const summary = await runDailyAggregation({ pipeline, databaseUrl: database.url, signal: AbortSignal.abort() })
  expect(summary).toMatchObject({ interrupted: true, total: 0 })
  expect(isSuccess(summary)).toBe(false)
})

test('options that make no sense are refused before anything is done', async () => {
  const pipeline = await loadPipeline('examples/airport-departures.yaml')
  const run = runDailyAggregation({ pipeline, databaseUrl: database.url, day: '2001-06-01' })
  await expect(run).rejects.toThrow(
    '--date 2001-06-01 lies ahead: the last midnight of this pipeline is that of 2001-01-22',
  )
})

test('a pipeline file with mistakes tells all of them', async () => {
  await expect(loadPipeline('missing.yaml')).rejects.toThrow('missing.yaml: there is no such file')
  expect(parsePipeline('kind: Other\n', 'mine.yaml')).toMatchObject({
    problems: expect.arrayContaining([expect.stringMatching(/^mine\.yaml:1: kind: must be MetricsPipeline/)]),
  })
})
