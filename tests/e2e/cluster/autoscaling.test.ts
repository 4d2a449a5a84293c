import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperatedCluster } from '../../support/cluster/operated-cluster.ts'
import { ShopInCluster } from '../../support/cluster/shop-in-cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { type Order, order, orders } from '../../support/shop-orders.ts'

const SCALING = { mode: 'Internal', maxReplicas: 3, targetLatency: '5s', idleAfter: '2s' }
const LONG = { withinMs: 90_000 }
const TEST_MS = 180_000

let operated: OperatedCluster
let shop: ShopInCluster
let published: Order[] = []

beforeAll(async () => {
  operated = await OperatedCluster.open()
  shop = await ShopInCluster.open(await operated.namespace(), {}, { workers: { scaling: SCALING } })
  await shop.apply()
  await shop.waitFor('Ready')
}, TEST_MS)

afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await operated?.[Symbol.asyncDispose]()
}, TEST_MS)

async function publish(more: readonly Order[]): Promise<void> {
  published = [...published, ...more]
  await (await shop.servers()).publish(more)
}

async function asleep(): Promise<void> {
  await eventually(async () => {
    expect((await shop.get())['status'].autoscaling).toMatchObject({ replicas: 0, reason: 'Idle' })
    expect(await shop.workers()).toEqual([])
  }, LONG)
}

test('a pipeline without anything to do sleeps, and is ready', { timeout: TEST_MS }, async () => {
  await asleep()
  await shop.conditionBecomes('Ready', { status: 'True', reason: 'ScaledToZero' })
})

test('one message wakes it, to an exact row', { timeout: TEST_MS }, async () => {
  await asleep()
  await publish([order(0)])
  await shop.expectExact(published)
})

test('and it sleeps again with nothing left: none waits, none is pending, no mark, every row exact', {
  timeout: TEST_MS,
}, async () => {
  await publish(orders(1, 5_000))
  await shop.expectExact(published)
  await asleep()
  await shop.expectExact(published)
  const { status } = await shop.get()
  expect(status.backlog).toBe(0)
})
