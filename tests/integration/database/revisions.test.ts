import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LoadedPipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { checkParity } from '../../../adapters/postgres/parity-check.ts'
import { SupersededError } from '../../../adapters/postgres/revision-store.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { changedShops } from './shops.ts'

// A definition in force, and what happens to those who still have the former one.

const FORMER = shopPipeline()

const NEXT = shopPipeline({ windows: ['7d', '30d', '90d'] })

let shops: PipelineOnServers

beforeEach(async () => {
  shops = await PipelineOnServers.open(FORMER)
})

afterEach(() => shops[Symbol.asyncDispose]())

async function inForce(): Promise<number> {
  const { rows } = await shops.db.query<{ revision: number }>('select revision from mp_pipeline')
  return rows[0]?.revision ?? 0
}

test('migrating alone changes nothing for workers at work; the first ready worker of the new definition puts it in force', async () => {
  const former = await shops.startWorker()
  await shops.publish(orders(0, 60))
  await shops.caughtUp()
  await migratePipeline(NEXT, shops.databaseUrl)
  expect(await inForce()).toBe(1)
  await shops.publish(orders(60, 120))
  await shops.caughtUp()
  expect(former.state).toBe('running')

  await shops.startWorker({ pipeline: NEXT, consumer: 'worker-1' })
  expect(await inForce()).toBe(2)
  await shops.publish(orders(120, 400))
  expect(await former.ended).toBe('superseded')
  await shops.startWorker({ pipeline: NEXT }) // restarted as whoever it was, it finds what it left pending
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(
    expectedRows(orders(0, 400)).map(({ entity, orders_7d }) => ({
      entity,
      orders_7d,
      orders_90d: orders_7d,
      revision: 2,
    })),
  )
  expect(await shops.letters()).toEqual([])
})

test('a process with a definition that is no longer in force does not begin', async () => {
  await migratePipeline(NEXT, shops.databaseUrl)
  await shops.startWorker({ pipeline: NEXT })
  await expect(shops.startWorker({ pipeline: FORMER, consumer: 'late' })).rejects.toBeInstanceOf(SupersededError)
  await expect(runDailyAggregation({ pipeline: FORMER, databaseUrl: shops.databaseUrl })).rejects.toBeInstanceOf(
    SupersededError,
  )
  const aggregator = await runProgram('aggregator/main.ts', { ...servers(), pipeline: FORMER })
  expect(aggregator).toEqual({
    code: 3,
    out: '',
    err: 'revision 1 of the pipeline is no longer in force; start this process with the current definition\n',
  })
})

test('a worker of the definition in force starts while a commit of another one takes its time', async () => {
  await (await shops.startWorker()).stop()
  const commit = await shops.db.connect()
  await commit.query('begin; select from mp_pipeline for share')
  const worker = await shops.startWorker({ consumer: 'worker-1' })
  expect(worker.state).toBe('running')
  await commit.query('rollback')
  commit.release()
})

test('an aggregation ahead of the workers writes its daily rows and leaves live rows uncompared', async () => {
  const former = await shops.startWorker()
  await shops.publish(orders(0, 60))
  await shops.caughtUp()
  await migratePipeline(NEXT, shops.databaseUrl)
  const summary = await runDailyAggregation({ pipeline: NEXT, databaseUrl: shops.databaseUrl })
  expect(summary).toMatchObject({ successful: 20, failed: 0, parity: { compared: 0, mismatches: 0 } })
  await former.stop()
})

test('commits under way when a definition comes in force are whole or not at all', async () => {
  const former = [await shops.startWorker({ consumer: 'a' }), await shops.startWorker({ consumer: 'b' })]
  await migratePipeline(NEXT, shops.databaseUrl)
  let ended = false
  const ending = Promise.all(former.map((worker) => worker.ended)).then(() => {
    ended = true
  })
  let published = 0
  const publishing = (async () => {
    for (; !ended; published += 50) await shops.publish(orders(published, published + 50)) // only a commit tells a worker that it is superseded
  })()
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(200))
  await shops.startWorker({ pipeline: NEXT, consumer: 'c' })
  await Promise.all([ending, publishing])
  for (const consumer of ['a', 'b']) await shops.startWorker({ pipeline: NEXT, consumer })
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(
    expectedRows(orders(0, published)).map(({ entity, orders_7d }) => ({ entity, orders_7d })),
  )
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0 })
})

test('a threshold changes, and is changed back: whatever was migrated last is in force', async () => {
  const [first, second] = [judgedBy({ orders: 1, revenue: 1 }), judgedBy({ orders: 1, revenue: 1_000 })]
  await using judged = await PipelineOnServers.open(first)
  await judged.publish(orders(0, 60))
  for (const pipeline of [first, second, first]) {
    await migratePipeline(pipeline, judged.databaseUrl)
    const worker = await judged.startWorker({ pipeline })
    await judged.caughtUp()
    await worker.stop()
    expect(await checkParity(judged.db, pipeline.metricSet, 1)).toMatchObject({ compared: 20, mismatches: 0 })
  }
})

test('in which order a definition names things means nothing: a cluster gives it back in another', async () => {
  const [written, stored] = [judgedBy({ orders: 1, revenue: 2 }), judgedBy({ revenue: 2, orders: 1 }, inReverse)]
  await using judged = await PipelineOnServers.open(written)
  await judged.startWorker()
  await judged.publish(orders(0, 60))
  await judged.caughtUp()
  expect(await migratePipeline(stored, judged.databaseUrl)).toEqual({ revision: 1, isNew: false })
  expect(await checkParity(judged.db, stored.metricSet, 1)).toMatchObject({ compared: 20, mismatches: 0 })
})

/** The same, with the keys of every object the other way round. */
function inReverse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inReverse)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, each]) => [key, inReverse(each)]))
}

function judgedBy(
  least: Readonly<Record<string, number>>,
  arranged = (definition: unknown) => definition,
): LoadedPipeline {
  const flags = Object.fromEntries(Object.entries(least).map(([name, atLeast]) => [name, { green: { atLeast } }]))
  const order = [{ tier: 'Busy', when: { green: { atLeast: 2 } } }, { tier: 'Idle' }]
  return changedShops(({ spec: { metrics } }) => {
    metrics.definition.tiers = { Default: { version: 1, flags, order } }
    metrics.definition.accumulators.small = {
      count: 'order',
      where: { cents: { above: 1, below: 9 }, kilos: { below: 1 } },
    }
    metrics.definition = arranged(metrics.definition)
  })
}

const servers = () => ({ databaseUrl: shops.databaseUrl, redisUrl: shops.redisUrl })
