import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DailyStore, type LiveRowsCompared } from '../../../adapters/postgres/daily-store.ts'
import { inTransaction } from '../../../adapters/postgres/postgres-pool.ts'
import { dayOf } from '../../../core/time/calendar.ts'
import {
  floorUtcDay,
  formatInstant,
  type Instant,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
} from '../../../core/time/instant.ts'
import { factCreator } from '../../support/create-fact.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

// Which live rows the daily rows of a batch can prove: those of an as-of between the last change without an event and the next.

const HOUR = 60 * MICROS_PER_MINUTE

/** The as-of of the daily rows. Windows are of 7 and 30 days. */
const MIDNIGHT: Instant = floorUtcDay(Date.now() * 1_000) - MICROS_PER_DAY

const hours = (count: number) => MIDNIGHT + count * HOUR

const days = (count: number) => MIDNIGHT + count * MICROS_PER_DAY

const TOLD = { compared: 1, mismatched: [], apart: [] }

const APART = { compared: 0, mismatched: [], apart: ['shop'] }

let shops: PipelineDatabase

beforeAll(async () => {
  shops = await PipelineDatabase.open(shopPipeline())
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(() => shops.empty())

/** One order for each instant, and a row as of another. */
async function shopWith(orders: readonly Instant[], asOf: Instant): Promise<void> {
  const create = factCreator(shops.pipeline.metricSet)
  await shops.commit(
    orders.map((at, n) => create('order', `${n}`, { shop: 'shop', placedAt: formatInstant(at), cents: 100 }, at)),
  )
  await shops.catchUp()
  await evaluateAt(shops, ['shop'], asOf)
}

async function writeDaily(sample = 1): Promise<LiveRowsCompared> {
  const daily = new DailyStore(shops.pool, shops.pipeline.metricSet)
  const day = dayOf(MIDNIGHT)
  await daily.ensurePartition(day)
  const batch = { run: '1', day, entities: ['shop'], includeInactive: false }
  const { compared, mismatched, apart } = await inTransaction(shops.pool, (client) =>
    daily.writeRange(client, batch, sample),
  )
  return { compared, mismatched, apart }
}

describe('a row is told from the daily one', () => {
  test.each([
    ['of the same instant', [hours(-50)], MIDNIGHT],
    ['of later that day', [hours(-50)], hours(5)],
    ['of later that day, before an order dated ahead', [hours(-50), hours(6)], hours(6)],
    ['of a day before, with the same orders in its windows', [hours(-50)], days(-1)],
    ['of long before', [days(-25)], days(-10)],
    ['of a moment after its last order', [hours(-50)], hours(-50) + 1],
    ['from whose window an order fell at that very midnight', [days(-8) + HOUR], MIDNIGHT],
  ])('%s', async (_what, orders, asOf) => {
    await shopWith(orders, asOf)
    expect(await writeDaily()).toEqual(TOLD)
    await shops.pool.query('update shop_metrics set orders_7d = orders_7d + 1')
    expect(await writeDaily()).toEqual({ ...TOLD, mismatched: ['shop'] })
  })
})

describe('a row has to be recomputed apart', () => {
  test.each([
    ['of later that day, after an order', [hours(-50), hours(4)], hours(4) + 1],
    ['of the next day, when an order has left a window', [days(-7)], days(1)],
    ['of a day before, when an order has come into its windows since', [hours(-3)], hours(-3)],
    ['of a day before, when one has left the shorter window since', [days(-8) + HOUR], hours(-1)],
    ['of a day before, when one has left the longer window since', [days(-31) + HOUR], hours(-1)],
  ])('%s', async (_what, orders, asOf) => {
    await shopWith(orders, asOf)
    expect(await writeDaily()).toEqual(APART)
  })
})

test('a row with a mark is left out', async () => {
  await shopWith([hours(-50)], MIDNIGHT)
  await shops.pool.query("insert into mp_mark values ('shop', 1, now(), now(), now())")
  expect(await writeDaily()).toEqual({ ...TOLD, compared: 0 })
})

test('nothing is compared of a share of nothing', async () => {
  await shopWith([hours(-50)], MIDNIGHT)
  expect(await writeDaily(0)).toEqual({ ...TOLD, compared: 0 })
})
