import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ParityReport } from '../../../adapters/postgres/parity-report.ts'
import { identifier, rowTable } from '../../../adapters/postgres/set-sql/identifiers.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { isSuccess } from '../../../aggregator/summary.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'
import { shopPipelineOverTable } from './shops-over-table.ts'

const SHOPS = 20

const CLEAN = { compared: SHOPS, mismatches: 0, missing: 0, overdue: 0, entities: [] }

describe('faults planted by hand', () => {
  let shops: PipelineOnServers
  let live: string

  beforeAll(async () => {
    shops = await PipelineOnServers.open(shopPipeline())
    live = identifier(rowTable(shops.pipeline.metricSet))
    const worker = await shops.startWorker()
    await shops.publish(orders(0, 300))
    await shops.caughtUp()
    await worker.stop()
  })

  afterAll(() => shops?.[Symbol.asyncDispose]())

  const mark = (shop: string) => `insert into mp_mark values ('${shop}', 1, now(), now(), now())`

  test('rows that events made are clean', async () => {
    expect(await shops.parity()).toEqual(CLEAN)
  })

  test.each([
    ['a count that is one too many', 'orders_7d = orders_7d + 1'],
    ['a mean that is off in its last digit', 'mean_cents_30d = mean_cents_30d + 0.01'],
    ['an accumulator that nobody shows', 'acc_mass_7d = acc_mass_7d - 1'],
    ['a number of facts', 'facts = facts + 1'],
    ['a number gone missing', 'mean_cents_7d = null'],
    ['a next change that is later than it should be', "next_change_at = next_change_at + interval '1 day'"],
  ])('%s is found', async (_what, change) => {
    await using _restored = await backup()
    await shops.db.query(`update ${live} set ${change} where entity = 'shop-07'`)
    expect(await shops.parity()).toEqual({ ...CLEAN, mismatches: 1, entities: ['shop-07'] })
    await shops.db.query(mark('shop-07'))
    expect(await shops.parity()).toEqual({ ...CLEAN, compared: SHOPS - 1 }) // it is going to be recomputed
  })

  test('every changed row is counted', async () => {
    await using _restored = await backup()
    await shops.db.query(
      `update ${live} set acc_revenue_7d = acc_revenue_7d * 2 where entity in ('shop-01', 'shop-02', 'shop-11')`,
    )
    expect(await shops.parity()).toEqual({ ...CLEAN, mismatches: 3, entities: ['shop-01', 'shop-02', 'shop-11'] })
  })

  test('a row that is gone is missed', async () => {
    await using _restored = await backup()
    await shops.db.query(`delete from ${live} where entity = 'shop-07'`)
    expect(await shops.parity()).toEqual({ ...CLEAN, compared: SHOPS - 1, missing: 1, entities: ['shop-07'] })
    await shops.db.query(mark('shop-07'))
    expect(await shops.parity()).toEqual({ ...CLEAN, compared: SHOPS - 1 })
  })

  test('a row whose next change is more than five minutes back is overdue, though it equals its recomputation', async () => {
    await using _restored = await backup()
    // An as-of of eight days ago, and what was right then: nothing yet, until the first order of that week
    await shops.db.query(`update ${live} r set (as_of, facts, next_change_at) = (select e.as_of, 0, min(f.at) + interval '1 microsecond'
      from fact_order f, (select date_trunc('day', now(), 'UTC') - interval '40 days' as as_of) e where f.entity = r.entity group by 1)
      where entity = 'shop-07'`)
    const numbers = (
      await shops.db.query<{ column: string }>(
        `select attname as column from pg_attribute where attrelid = $1::regclass and attname ~ '_(7|30)d$'`,
        [live],
      )
    ).rows
    const zeros = numbers.map(({ column }) => `${identifier(column)} = ${column.startsWith('mean') ? 'null' : '0'}`)
    await shops.db.query(`update ${live} set ${zeros.join(', ')} where entity = 'shop-07'`)
    const { facts } = (await shops.db.query("select count(*)::int as facts from fact_order where entity = 'shop-07'"))
      .rows[0]
    await shops.db.query(`update ${live} set facts = $1 where entity = 'shop-07'`, [facts])
    expect(await shops.parity()).toEqual({ ...CLEAN, overdue: 1, entities: ['shop-07'] })
  })

  test('a daily run over a fault is no success', async () => {
    expect(isSuccess(await runDailyAggregation(shops))).toBe(true)
    await using _restored = await backup()
    await shops.db.query(`update ${live} set orders_7d = orders_7d + 1 where entity = 'shop-07'`)
    const summary = await runDailyAggregation(shops)
    expect(summary).toMatchObject({ failed: 0, parity: { mismatches: 1, entities: ['shop-07'] } })
    expect(isSuccess(summary)).toBe(false)
  })

  test.each([
    ['the first', ['shop-00']],
    ['one in the middle', ['shop-07']],
    ['neighbours', ['shop-09', 'shop-10', 'shop-11']],
    ['the last', ['shop-19']],
    ['all but one', Array.from({ length: SHOPS - 1 }, (_, n) => `shop-${String(n).padStart(2, '0')}`)],
    ['all', Array.from({ length: SHOPS }, (_, n) => `shop-${String(n).padStart(2, '0')}`)],
  ])('rows that are gone are missed by a daily run, however its batches lie: %s', async (_which, gone) => {
    await using _restored = await backup()
    await shops.db.query(`delete from ${live} where entity = any($1)`, [gone])
    const expected = { ...CLEAN, compared: SHOPS - gone.length, missing: gone.length, entities: gone }
    expect(await shops.parity()).toEqual(expected)
    for (const batchSize of [1, 3, 10, 100])
      expect((await runDailyAggregation({ ...shops, batchSize })).parity).toEqual(expected)
  })

  test('an entity whose daily row cannot be written is compared all the same', async () => {
    await using _restored = await backup()
    await shops.db.query(`create function refuse_shop() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
      create trigger refuse before insert on shop_metrics_daily for each row when (new.entity = 'shop-07') execute function refuse_shop()`)
    const clean = await runDailyAggregation(shops)
    await shops.db.query(`update ${live} set facts = facts + 1 where entity in ('shop-07', 'shop-08')`)
    const faulty = await runDailyAggregation(shops)
    await shops.db.query('drop function refuse_shop cascade')
    expect(clean).toMatchObject({ failed: 1, successful: SHOPS - 1, parity: CLEAN })
    expect(faulty.parity).toEqual({ ...CLEAN, mismatches: 2, entities: ['shop-07', 'shop-08'] })
  })

  test('a dry run finds what a run finds', async () => {
    await using _restored = await backup()
    await shops.db.query(`update ${live} set facts = facts + 1 where entity = 'shop-07'`)
    const { parity } = await runDailyAggregation({ ...shops, dryRun: true, batchSize: 3 })
    expect(parity).toEqual({ ...CLEAN, mismatches: 1, entities: ['shop-07'] })
  })

  /** What is done to rows and marks from here on is undone at the end of the block. */
  async function backup(): Promise<AsyncDisposable> {
    await shops.db.query(`create table kept as select * from ${live}`)
    return {
      async [Symbol.asyncDispose]() {
        await shops.db.query(`truncate ${live}, mp_mark; insert into ${live} select * from kept; drop table kept`)
      },
    }
  }
})

test('there is no false alarm while events flow', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 20, quiet: '50ms' }))
  await shops.startWorker()
  const reports: ParityReport[] = []
  let published = 0
  const goesOn = () => published < 2_000 || reports.length < 6 // however slow the machine is at either
  const flow = (async () => {
    for (; goesOn(); published += 10) {
      const moved = { ...order(published), id: `order-${published % 200}`, time: new Date().toISOString() } // corrections that move orders
      await shops.publish([...orders(published, published + 10), moved])
    }
  })()
  while (goesOn()) reports.push(await shops.parity())
  await flow
  await shops.caughtUp()
  for (const { mismatches, missing, overdue, entities } of reports)
    expect({ mismatches, missing, overdue, entities }).toEqual({ mismatches: 0, missing: 0, overdue: 0, entities: [] })
  expect(await shops.parity()).toEqual(CLEAN)
})

describe('facts in an existing table', () => {
  let shops: PipelineOnServers

  beforeAll(async () => {
    const { pipeline, prepare } = shopPipelineOverTable(150)
    shops = await PipelineOnServers.open(pipeline, { prepare })
  })

  afterAll(() => shops?.[Symbol.asyncDispose]())

  test('whoever the table knows already gets a row without an event', async () => {
    const worker = await shops.startWorker()
    await eventually(async () => expect(await shops.count('mp_mark')).toBe(0))
    await worker.stop()
    expect(await shops.parity()).toMatchObject({ compared: 150, mismatches: 0, missing: 0 })
  })

  test('a change that no event told is found, however many rows it is about, and a dry run leaves it', async () => {
    await shops.db.query('update orders set cents = cents + 1')
    await shops.db.query(
      "insert into orders (id, shop, placed_at, cents) values ('new', 'shop-new', now() - interval '1 day', 5)",
    )
    const found = { mismatches: 150, missing: 1 }
    expect((await runDailyAggregation({ ...shops, dryRun: true })).parity).toMatchObject(found)
    expect(await shops.parity()).toMatchObject(found)
  })

  test('it counts only if it survives a re-evaluation', async () => {
    const { parity } = await runDailyAggregation(shops)
    expect(parity).toEqual({ ...CLEAN, compared: 151 })
    expect(await shops.parity()).toEqual({ ...CLEAN, compared: 151 })
  })
})
