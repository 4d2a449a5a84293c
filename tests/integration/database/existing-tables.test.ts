import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'
import { shopPipelineOverTable } from '../aggregator/shops-over-table.ts'
import { changedShops } from './shops.ts'

// An event type whose facts are in a table of somebody else: what migrate makes sure of.

const { pipeline: SHOPS, prepare: TABLE } = shopPipelineOverTable(2)

describe('a table that is not as declared is refused, with every column at fault', () => {
  let database: FreshDatabase
  let db: pg.Client

  beforeEach(async () => {
    database = await freshDatabase()
    db = new pg.Client({ connectionString: database.url })
    await db.connect()
    await db.query(TABLE)
  })

  afterEach(async () => {
    await db.end()
    await database.drop()
  })

  test.each([
    ['no table at all', 'drop table orders', ['orders (event type order) does not exist, or this user may not see it']],
    [
      'a column that is missing',
      'alter table orders drop column kilos',
      ['orders has no column kilos (field kilos, decimal)'],
    ],
    [
      'columns of another kind',
      'alter table orders alter cents type text, alter placed_at type timestamp',
      [
        'orders.placed_at is timestamp without time zone; field placedAt needs timestamp with time zone',
        'orders.cents is text; field cents needs smallint or integer or bigint',
      ],
    ],
    [
      'a key that is no text',
      'alter table orders alter shop type uuid using gen_random_uuid()',
      [
        'orders.shop is uuid; field shop is a key and needs text: name a view that casts it, and index the table by (shop::text)',
      ],
    ],
  ])('%s', async (_what, change, lines) => {
    await db.query(change)
    await expect(migratePipeline(SHOPS, database.url)).rejects.toMatchObject({
      code: 'table-not-as-declared',
      message: ['existing tables are not as the metric set declares them:', ...lines.map((line) => `  ${line}`)].join(
        '\n',
      ),
    })
    const { rows } = await db.query("select from pg_class where relname in ('shop_metrics', 'fact_order')")
    expect(rows).toEqual([])
  })
})

test('a view serves as well, and keys of other types are cast there', async () => {
  await using shops = await PipelineOnServers.open(SHOPS, {
    prepare: `create table stored (id int primary key, shop int, placed_at timestamptz, cents int);
      insert into stored values (1, 42, now() - interval '1 day', 500), (2, 42, now() - interval '2 days', 700);
      create view orders as select id::text, shop::text, placed_at, cents, null::numeric as kilos, null::int as points,
        null::boolean as express, null::text as kind, null::text[] as tags from stored`,
  })
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject([{ entity: '42', orders_7d: '2', mean_cents_7d: '600.00' }])
})

test.each([
  ['an enumeration that lacks the value', "create type kinds as enum ('book')", 'kinds', "'book'"],
  ['an identifier', 'select', 'uuid', 'gen_random_uuid()'],
])('where a text is asked for, the column may be %s', async (_name, before, type, value) => {
  const pipeline = changedShops(({ spec: { metrics } }) => {
    metrics.tables = { order: 'orders' }
    metrics.definition.events.order.id = 'id'
    metrics.definition.events.order.fields.id = { type: 'string' }
    metrics.definition.accumulators.toys = { count: 'order', where: { kind: { oneOf: ['toy', 'book'] } } }
  })
  await using shops = await PipelineOnServers.open(pipeline, {
    prepare: `${before}; ${TABLE}; alter table orders alter kind type ${type} using ${value}::${type}`,
  })
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(
    Array(2).fill({ acc_orders_7d: '3', acc_toys_7d: type === 'uuid' ? '0' : '3' }),
  )
})

test('a table that was changed after it was migrated over is told when a worker starts', async () => {
  await using shops = await PipelineOnServers.open(SHOPS, { prepare: TABLE })
  await shops.db.query('alter table orders drop column kilos')
  await expect(shops.startWorker()).rejects.toThrow('orders has no column kilos (field kilos, decimal)')
})
