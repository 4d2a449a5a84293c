import { afterAll, beforeAll, expect, test } from 'vitest'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'
import { dayBefore } from './tutors-on-servers.ts'

// --cleanup, on windows of 7 and 30 days: facts are kept for 60 days, daily rows and dead letters as long as asked for.

let shops: PipelineOnServers

beforeAll(async () => {
  shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish([daysAgo(1), daysAgo(20), daysAgo(59)])
  await shops.caughtUp()
  await worker.stop()
  // Nothing older is taken in any more, so these grow old in the table
  await shops.db.query(`insert into fact_order (id, version, hash, deleted, entity, at, cents)
    select 'old-' || d, 1, 1, false, 'shop-01', date_trunc('day', now(), 'UTC') - d * interval '1 day', 100 from unnest(array[60, 61, 90]) d`)
  await shops.db.query(`insert into mp_dead_letter (stream, entry_id, reason, details, raw, attempts, created_at)
    select 'shop:orders', d || '-0', 'invalid-json', '[]', '', 1, now() - d * interval '1 day' from unnest(array[5, 50]) d`)
})

afterAll(() => shops?.[Symbol.asyncDispose]())

function daysAgo(days: number) {
  const placedAt = `${dayBefore(days)}T12:00:00Z`
  return { ...order(1), id: `order-${days}`, data: { ...order(1).data, placedAt } }
}

const aggregate = async (...args: string[]) => {
  const { code, out, err } = await runProgram('aggregator/main.ts', shops, ['--json', ...args])
  return { code, err, summary: out === '' ? undefined : JSON.parse(out) }
}

async function daysKept(): Promise<readonly string[]> {
  const { rows } = await shops.db.query<{ day: string }>('select distinct day::text from shop_metrics_daily order by 1')
  return rows.map((row) => row.day)
}

async function facts(): Promise<readonly string[]> {
  const { rows } = await shops.db.query<{ id: string }>('select id from fact_order order by at desc')
  return rows.map((row) => row.id)
}

test('nothing is removed unless asked for', async () => {
  for (const days of [100, 50, 11, 10, 9]) expect((await aggregate('--date', dayBefore(days))).code).toBe(0)
  expect((await aggregate()).summary.removed).toBeUndefined()
  expect(await daysKept()).toHaveLength(6)
  expect(await facts()).toHaveLength(6)
})

test('--cleanup removes facts that no window reaches, and daily rows and dead letters that are past --retention-days', async () => {
  const { summary } = await aggregate('--cleanup', '--retention-days', '10')
  expect(summary.removed).toEqual({ facts: 2, deadLetters: 1, dailyRows: 3 })
  expect(await facts()).toEqual(['order-1', 'order-20', 'order-59', 'old-60'])
  expect(await daysKept()).toEqual([dayBefore(10), dayBefore(9), dayBefore(0)])
  expect(await shops.count('mp_dead_letter')).toBe(1)
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 }) // no live row changed by it
})

test('months that lie behind the retention are dropped as a whole', async () => {
  const { rows } = await shops.db.query<{ partition: string }>(
    "select inhrelid::regclass::text as partition from pg_inherits where inhparent = 'shop_metrics_daily'::regclass order by 1",
  )
  const months = new Set([10, 9, 0].map((days) => dayBefore(days).slice(0, 7).replace('-', '_')))
  for (const month of months) expect(rows).toContainEqual({ partition: `shop_metrics_daily_${month}` })
  expect(rows).not.toContainEqual({ partition: `shop_metrics_daily_${dayBefore(100).slice(0, 7).replace('-', '_')}` })
})

test('a day whose facts were removed is refused, for its rows would come out wrong', async () => {
  const { code, err } = await aggregate('--date', dayBefore(31))
  expect(code).toBe(2)
  expect(err).toBe(
    `--date ${dayBefore(31)} lies too far back: facts before ${dayBefore(60)} were removed by --cleanup, and its window of 30 days needs them; the earliest day that can still be computed is ${dayBefore(30)}\n`,
  )
  expect((await aggregate('--date', dayBefore(30))).code).toBe(0)
})

test('a run that wrote nothing removes nothing', async () => {
  await shops.db.query('delete from shop_metrics')
  const { summary } = await aggregate('--cleanup', '--retention-days', '1')
  expect(summary).toMatchObject({ successful: 0 })
  expect(summary.removed).toBeUndefined()
  expect((await daysKept()).length).toBeGreaterThan(1)
})
