import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { schemaChecksum } from '../../support/schema-checksum.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { changedShops, type Manifest } from './shops.ts'

// What a definition may become while data is stored under it.

/** Beside orders: visits, which name an order, stock, which comes under a version of its own, and tiers. */
function rich(manifest: Manifest): void {
  const { definition } = manifest.spec.metrics
  definition.events.refund = {
    id: 'refundId',
    references: { order: 'orderId' },
    entity: 'order.shop',
    at: 'order.placedAt',
    fields: { refundId: { type: 'string' }, orderId: { type: 'string' }, share: { type: 'decimal', decimals: 2 } },
  }
  definition.events.stock = {
    id: 'item',
    version: 'count',
    entity: 'shop',
    at: 'countedAt',
    fields: {
      item: { type: 'string' },
      other: { type: 'string' },
      shop: { type: 'string' },
      place: { type: 'string' },
      count: { type: 'integer' },
      second: { type: 'integer' },
      countedAt: { type: 'timestamp' },
      seenAt: { type: 'timestamp' },
    },
  }
  definition.accumulators.express = { count: 'order', where: { express: { equals: true } } }
  definition.metrics.express_share = { percent: ['express', 'orders'], decimals: 1 }
  addTiers(manifest)
}

const stockWith = (change: object) => (manifest: Manifest) =>
  Object.assign(manifest.spec.metrics.definition.events.stock, change)

const orderFieldWith = (name: string, change: object) => (manifest: Manifest) =>
  Object.assign(manifest.spec.metrics.definition.events.order.fields[name], change)

const definitionOf = (manifest: Manifest) => manifest.spec.metrics.definition

describe('changes that are refused', () => {
  let database: FreshDatabase
  let db: pg.Pool

  beforeAll(async () => {
    database = await freshDatabase()
    db = new pg.Pool({ connectionString: database.url, max: 2 })
    db.on('error', () => undefined) // its sessions may still be ending when the database is dropped
    await migratePipeline(changedShops(rich), database.url)
  })

  afterAll(async () => {
    await db?.end()
    await database?.drop()
  })

  test.each<[what: string, change: (manifest: Manifest) => unknown, line: string]>([
    ['the entity', (m) => (definitionOf(m).entity = 'store'), 'entity was shop, is now store'],
    ['a window that is gone', (m) => (m.spec.metrics.windows = ['7d']), 'windows.30d (kept) is gone'],
    [
      'an event type that is gone',
      (m) => {
        delete definitionOf(m).events.stock
      },
      'events.stock.table (stored here) is gone',
    ],
    ['an event type that is ignored from now on', stockWith({ ignore: 'why not' }), 'events.stock.id (item) is gone'],
    [
      'where facts are kept',
      (m) => (m.spec.metrics.tables = { stock: 'stock' }),
      'events.stock.table was stored here, is now stock',
    ],
    ['the id', stockWith({ id: 'other' }), 'events.stock.id was item, is now other'],
    ['the version', stockWith({ version: 'second' }), 'events.stock.version was count, is now second'],
    ['the field that names the entity', stockWith({ entity: 'place' }), 'events.stock.entity was shop, is now place'],
    ['the time', stockWith({ at: 'seenAt' }), 'events.stock.at was own countedAt, is now own seenAt'],
    [
      'the reference',
      (m) => Object.assign(definitionOf(m).events.refund, { references: undefined, entity: 'orderId', at: undefined }),
      'events.refund.references was order by orderId, is now none',
    ],
    [
      'a field that is gone',
      (m) => {
        delete definitionOf(m).events.order.fields.tags
      },
      'events.order.fields.tags (strings) is gone',
    ],
    [
      'a field that is kept no more',
      orderFieldWith('tags', { store: false }),
      'events.order.fields.tags (strings) is gone',
    ],
    [
      'the type of a field',
      orderFieldWith('tags', { type: 'string', maxItems: undefined }),
      'events.order.fields.tags was strings, is now string',
    ],
    [
      'the decimals of a field',
      orderFieldWith('kilos', { decimals: 2 }),
      'events.order.fields.kilos was decimal with 3 decimals, minimum 0, maximum 1000, is now decimal with 2 decimals, minimum 0, maximum 1000',
    ],
    [
      'a smallest value',
      orderFieldWith('cents', { minimum: 1 }),
      'events.order.fields.cents was integer, minimum 0, maximum 100000000, is now integer, minimum 1, maximum 100000000',
    ],
    [
      'a limit that is gone',
      orderFieldWith('kind', { oneOf: undefined }),
      'events.order.fields.kind was string, oneOf book,toy, is now string',
    ],
    [
      'an accumulator that is gone',
      (m) => {
        delete definitionOf(m).accumulators.mass
      },
      'accumulators.mass (sum of order.kilos) is gone',
    ],
    [
      'what an accumulator adds up',
      (m) => (definitionOf(m).accumulators.mass = { sum: 'order.cents' }),
      'accumulators.mass was sum of order.kilos, is now sum of order.cents',
    ],
    [
      'the condition of an accumulator',
      (m) => (definitionOf(m).accumulators.express.where.express.equals = false),
      'accumulators.express was count of order where {"express":{"equals":true}}, is now count of order where {"express":{"equals":false}}',
    ],
    [
      'a metric that is gone',
      (m) => {
        delete definitionOf(m).metrics.express_share
      },
      'metrics.express_share (100 times express by orders to 1 decimals) is gone',
    ],
    [
      'the formula of a metric',
      (m) => (definitionOf(m).metrics.express_share = { percent: ['orders', 'express'], decimals: 1 }),
      'metrics.express_share was 100 times express by orders to 1 decimals, is now 100 times orders by express to 1 decimals',
    ],
    [
      'the decimals of a metric',
      (m) => (definitionOf(m).metrics.express_share.decimals = 2),
      'metrics.express_share was 100 times express by orders to 1 decimals, is now 100 times express by orders to 2 decimals',
    ],
    [
      'tier rules that are gone',
      (m) => {
        delete definitionOf(m).tiers
      },
      'tiers (kept) is gone',
    ],
  ])('%s', async (_what, change, line) => {
    const before = await schemaChecksum(db)
    const changed = changedShops((manifest) => {
      rich(manifest)
      change(manifest)
    })
    const refused = await migratePipeline(changed, database.url).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'definition-changed' })
    const lines = (refused as Error).message.split('\n')
    expect(lines[0]).toBe('the definition changed what is stored already:')
    expect(lines).toContain(`  ${line}`)
    expect(lines.at(-1)).toMatch(/^Only additions migrate in place\./)
    expect(await schemaChecksum(db)).toEqual(before)
  })
})

describe('additions', () => {
  test.each<[what: string, change: (manifest: Manifest) => unknown, column: string]>([
    ['an event type with its numbers', rich, 'acc_express_7d'],
    ['a field and its sum', (m) => addField(m), 'acc_coins_30d'],
    ['a window', (m) => m.spec.metrics.windows.push('90d'), 'mean_cents_90d'],
    ['tier rules', (m) => addTiers(m), 'tier_30d'],
  ])('%s migrate in place, and rows of before get them', async (_what, change, column) => {
    await using shops = await PipelineOnServers.open(shopPipeline())
    const before = await shops.startWorker()
    await shops.publish(orders(0, 50))
    await shops.caughtUp()
    await before.stop()
    const facts = (await shops.db.query('select * from fact_order order by id')).rows

    const changed = changedShops(change)
    expect(await migratePipeline(changed, shops.databaseUrl)).toEqual({ revision: 2, isNew: true })
    await shops.startWorker({ pipeline: changed })
    await shops.caughtUp()
    const kept = (await shops.db.query('select * from fact_order order by id')).rows
    expect(kept).toHaveLength(50)
    expect(kept).toMatchObject(facts)
    for (const row of await shops.rows()) expect(row[column]).not.toBeUndefined()
    expect(new Set((await shops.rows()).map((row) => row['revision']))).toEqual(new Set([2]))
  })

  test('are filled in for facts of before when their events are published again', async () => {
    await using shops = await PipelineOnServers.open(shopPipeline())
    const before = await shops.startWorker()
    const events = orders(0, 40).map((event) => ({ ...event, data: { ...event.data, coins: 1 } }))
    await shops.publish(events)
    await shops.caughtUp()
    await before.stop()

    const changed = changedShops(addField)
    await migratePipeline(changed, shops.databaseUrl)
    await shops.startWorker({ pipeline: changed })
    await shops.publish(events)
    await shops.caughtUp()
    expect((await shops.rows()).map((row) => row['acc_coins_7d'])).toEqual(Array(20).fill('2'))
  })

  test("do not take over somebody else's table", async () => {
    await using shops = await PipelineOnServers.open(shopPipeline())
    await shops.db.query('create table fact_stock (id int)')
    await expect(migratePipeline(changedShops(rich), shops.databaseUrl)).rejects.toMatchObject({
      code: 'name-taken',
      message: expect.stringContaining('did not: fact_stock;'),
    })
  })

  test('what is no part of what is stored may change: checks, rules, descriptions, how windows lie', async () => {
    await using shops = await PipelineOnServers.open(shopPipeline())
    const changed = changedShops((manifest) => {
      const { order } = definitionOf(manifest).events
      order.rules[0].severity = 'warning'
      order.fields.email.maxLength = 10
      order.description = 'An order'
      manifest.spec.metrics.windowAlignment = 'Sliding'
    })
    expect(await migratePipeline(changed, shops.databaseUrl)).toMatchObject({ isNew: true })
  })
})

function addField(manifest: Manifest): void {
  definitionOf(manifest).events.order.fields.coins = { type: 'integer', required: false, minimum: 0 }
  definitionOf(manifest).accumulators.coins = { sum: 'order.coins' }
}

function addTiers(manifest: Manifest): void {
  definitionOf(manifest).tiers = {
    Default: {
      version: 1,
      flags: { orders: { green: { atLeast: 1 } } },
      order: [{ tier: 'Busy', when: { green: { atLeast: 1 } } }, { tier: 'Idle' }],
    },
  }
}
