import { expect, test } from 'vitest'
import { readDatabaseSignals } from '../../../adapters/postgres/read-signals.ts'
import { migratePipeline } from '../../../cli/migrate-pipeline.ts'
import type { DatabaseSignals } from '../../../core/signals/pipeline-signals.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

// A fleet that sleeps owes nothing while all of this is zero. Whatever makes a row differ from its facts, or from time, shows in one of them.

const NOTHING = { marks: 0, resolvableReferences: 0, overdueNextChanges: 0, awaitedRevision: null }

async function owed(shops: PipelineOnServers): Promise<Partial<DatabaseSignals>> {
  const signals = await readDatabaseSignals(shops.db, shops.pipeline.metricSet, { countEntities: false })
  const { marks, resolvableReferences, overdueNextChanges, awaitedRevision } = signals
  return { marks, resolvableReferences, overdueNextChanges, awaitedRevision }
}

const AHEAD_MS = 3_600_000

test('where windows slide, a row shows as soon as it changes by time alone, and whoever wakes sees to it', async () => {
  await using shops = await PipelineOnServers.open(ratedOrdersPipeline({ alignment: 'Sliding' }))
  const worker = await shops.startWorker()
  const placedAt = new Date(Date.now() + AHEAD_MS).toISOString()
  await shops.publish([{ type: 'order', id: 'o', time: placedAt, data: { shop: 'shop-1', placedAt, cents: 5 } }])
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject([{ orders_2d: '0' }])
  await worker.stop()
  expect(await owed(shops)).toEqual(NOTHING)
  await twoHoursPass(shops)
  expect(await owed(shops)).toEqual({ ...NOTHING, overdueNextChanges: 1 })
  await shops.startWorker()
  await eventually(async () => expect(await shops.rows()).toMatchObject([{ orders_2d: '1' }]))
  expect(await owed(shops)).toEqual(NOTHING)
})

/** As far as its facts and its rows can tell. */
async function twoHoursPass({ db }: PipelineOnServers): Promise<void> {
  await db.query("update fact_order set at = at - interval '2 hours'")
  await db.query("update shop_metrics set next_change_at = next_change_at - interval '2 hours'")
}

test('marks that wait for their time stay, and are what whoever wakes evaluates', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ quiet: '1h' }))
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 20))
  await eventually(async () => expect(await owed(shops)).toEqual({ ...NOTHING, marks: 20 }))
  await worker.stop()
  expect(await owed(shops)).toEqual({ ...NOTHING, marks: 20 })
  await shops.startWorker({ consumer: 'worker-1', pipeline: shopPipeline({ quiet: '0s' }) }) // their time has come
  await eventually(async () => expect(await owed(shops)).toEqual(NOTHING))
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0 })
})

const REFUND = {
  references: { order: 'orderId' },
  entity: 'order.shop',
  at: 'order.placedAt',
  fields: { orderId: { type: 'string' } },
}

test('a reference whose fact has come without a worker shows, one whose fact has not does not', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ events: { refund: REFUND } }))
  const worker = await shops.startWorker()
  await shops.publish(
    [1, 2].map((n) => ({ stream: 'shop:mixed', type: 'refund', id: `r${n}`, data: { orderId: `o${n}` } })),
  )
  await shops.caughtUp()
  await worker.stop()
  expect(await owed(shops)).toEqual(NOTHING)
  await shops.db.query(
    "insert into fact_order (id, version, hash, deleted, entity, at, cents) values ('o1', 1, 1, false, 'shop-1', now(), 1)",
  )
  expect(await owed(shops)).toEqual({ ...NOTHING, resolvableReferences: 1 })
  await shops.startWorker()
  await eventually(async () => expect(await owed(shops)).toEqual(NOTHING))
  expect(await shops.parity()).toMatchObject({ compared: 1, mismatches: 0, missing: 0 })
})

test('of more references than anybody wants to look up all the time, any may be one', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ events: { refund: REFUND } }))
  const dangle = (from: number, to: number) =>
    shops.db.query(
      "insert into mp_unresolved_reference (type, reference) select 'order', 'o' || n from generate_series($1::int, $2::int) n",
      [from, to],
    )
  await dangle(1, 10_000)
  expect(await owed(shops)).toEqual(NOTHING)
  await dangle(10_001, 10_001)
  expect(await owed(shops)).toEqual({ ...NOTHING, resolvableReferences: 10_001 })
})

test('a definition that was changed meanwhile shows until a worker puts it in force', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 20))
  await shops.caughtUp()
  await worker.stop()
  const next = shopPipeline({ windows: ['7d', '30d', '90d'] })
  await migratePipeline(next, shops.databaseUrl)
  expect(await owed(shops)).toEqual({ ...NOTHING, awaitedRevision: 2 })
  await shops.startWorker({ pipeline: next })
  await eventually(async () => expect(await owed(shops)).toEqual(NOTHING))
  expect(await shops.rows()).toMatchObject(Array.from({ length: 20 }, () => ({ orders_90d: '1', revision: 2 })))
})
