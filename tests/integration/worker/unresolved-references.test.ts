import { expect, test } from 'vitest'
import { Evaluator } from '../../../adapters/postgres/evaluator.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

const REFUND = {
  references: { order: 'orderId' },
  entity: 'order.shop',
  at: 'order.placedAt',
  fields: { orderId: { type: 'string' } },
}

const FIRST_REVISION = 1

/** Refunds of this many orders came before the orders: many more than one statement resolves. */
const ORDERS_THAT_CAME_LATE = 2_500

async function shopsWithLateOrders(): Promise<PipelineOnServers> {
  const shops = await PipelineOnServers.open(shopPipeline({ events: { refund: REFUND } }))
  await shops.db.query(
    `insert into mp_unresolved_reference (type, reference) select 'order', 'order-' || n from generate_series(1, $1::int) n`,
    [ORDERS_THAT_CAME_LATE],
  )
  await shops.db.query(
    `insert into fact_order (id, version, hash, deleted, entity, at, cents)
     select 'order-' || n, 1, n, false, 'shop-' || n % 20, now(), 1 from generate_series(1, $1::int) n`,
    [ORDERS_THAT_CAME_LATE],
  )
  return shops
}

test('every reference whose fact has come is resolved at once, however many they are', async () => {
  await using shops = await shopsWithLateOrders()
  const evaluator = new Evaluator(shops.db, shops.pipeline.metricSet, FIRST_REVISION)
  expect(await evaluator.resolveReferences(new AbortController().signal)).toBe(ORDERS_THAT_CAME_LATE)
  expect(await shops.count('mp_unresolved_reference')).toBe(0)
  expect(await shops.count('mp_mark')).toBe(20)
})

test('workers share the references: each looks up those of its slice, and together they see all', async () => {
  await using shops = await shopsWithLateOrders()
  const evaluator = new Evaluator(shops.db, shops.pipeline.metricSet, FIRST_REVISION)
  const resolved: number[] = []
  for (const slice of [0, 1, 2])
    resolved.push(await evaluator.resolveReferences(new AbortController().signal, { slice, slices: 3 }))
  expect(Math.max(...resolved)).toBeLessThan(ORDERS_THAT_CAME_LATE / 2)
  expect(resolved.reduce((sum, some) => sum + some)).toBe(ORDERS_THAT_CAME_LATE)
})

test('a worker that is told to stop begins no further ones', async () => {
  await using shops = await shopsWithLateOrders()
  const evaluator = new Evaluator(shops.db, shops.pipeline.metricSet, FIRST_REVISION)
  await evaluator.resolveReferences(AbortSignal.abort())
  expect(await shops.count('mp_unresolved_reference')).toBe(ORDERS_THAT_CAME_LATE)
})
