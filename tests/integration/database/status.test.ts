import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type DatabaseStatus, readDatabaseStatus } from '../../../adapters/postgres/pipeline-status.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish([...orders(0, 100), { stream: 'shop:mixed', type: 'unheard-of', data: {} }])
  await shops.caughtUp()
  await worker.stop()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(() => shops.db.query('truncate shop_metrics_daily, mp_run, mp_run_failure, mp_run_range'))

const status = (): Promise<DatabaseStatus> => readDatabaseStatus(shops.databaseUrl, 'public', shops.pipeline.metricSet)

test('before the first aggregation', async () => {
  expect(await status()).toEqual({
    revision: 1,
    entities: 20,
    marks: 0,
    oldestMarkSeconds: null,
    unresolvedReferences: 0,
    deadLetters: { 'unknown-event-type': 1 },
    asOf: null,
    owners: {},
    streamFaults: [],
    lastAggregation: null,
  })
})

test('an aggregation is that of all its shards', async () => {
  await runDailyAggregation({ ...shops, shard: 1, shards: 2 })
  expect((await status()).lastAggregation).toMatchObject({ state: 'running', successful: 11, finishedAt: null })
  await runDailyAggregation({ ...shops, shard: 0, shards: 2 })
  expect((await status()).lastAggregation).toEqual({
    day: new Date().toISOString().slice(0, 10),
    state: 'succeeded',
    finishedAt: expect.any(String),
    successful: 20,
    failed: 0,
    mismatches: 0,
  })
})

test.each([
  ['interrupted', ['interrupted', 'failed']],
  ['failed', ['succeeded', 'failed']],
])('an aggregation is %s when a shard is', async (state, of) => {
  await runDailyAggregation({ ...shops, shard: 0, shards: 2 })
  await runDailyAggregation({ ...shops, shard: 1, shards: 2 })
  for (const [shard, each] of of.entries())
    await shops.db.query('update mp_run set state = $1 where shard = $2', [each, shard])
  expect((await status()).lastAggregation).toMatchObject({ state, successful: 20 })
})

test('a run again counts in place of the former one', async () => {
  await runDailyAggregation(shops)
  await runDailyAggregation({ ...shops, entities: ['shop-03'] })
  expect((await status()).lastAggregation).toMatchObject({ state: 'succeeded', successful: 1 })
})
