import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedCluster } from '../../support/cluster/operated-cluster.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { ShopInCluster } from '../../support/cluster/shop-in-cluster.ts'
import type { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { orders } from '../../support/shop-orders.ts'

const LONG = { withinMs: 90_000 }

let operated: OperatedCluster
let namespace: TestNamespace
let shop: ShopInCluster

beforeAll(async () => {
  operated = await OperatedCluster.open()
  namespace = await operated.namespace()
  shop = await ShopInCluster.prepare(
    namespace,
    { name: 'shops', sharded: { prefix: 'shop', shards: 4 }, composite: { minInterval: '2s' } },
    { workers: { replicas: 2 } },
  )
}, 120_000)

afterAll(async () => {
  await namespace?.[Symbol.asyncDispose]()
  await shop?.[Symbol.asyncDispose]()
  await operated?.[Symbol.asyncDispose]()
}, 120_000)

const kube = (...args: string[]) => kubectl(operated.cluster, ['--namespace', namespace.name, ...args])
const uidsOf = (objects: readonly ApiObject[]) => objects.map(({ metadata }) => metadata.uid).sort()

/** Orders are published in turns; all of them so far. */
let published = orders(0, 0)

async function publish(count: number): Promise<void> {
  const more = orders(published.length, published.length + count)
  published = [...published, ...more]
  await (await shop.servers()).publish(more.map(({ stream: _, ...event }) => event)) // to the shard that each belongs to
}

// The tests of this file are one story, told in order.

test('kubectl apply becomes a fleet that is ready', async () => {
  await shop.apply()
  await shop.waitFor('Ready')
  expect((await shop.get())['status']).toMatchObject({ workers: '2/2', operatorVersion: expect.any(String) })
  const { out } = await kube('get', 'mp', 'shops')
  expect(out).toMatch(/shops +True +2\/2/)
}, 120_000)

test('events become exact rows, and the status tells of source, database, shards and backlog', async () => {
  await publish(2_000)
  await shop.expectExact(published)
  for (const type of ['SourceReachable', 'DatabaseReachable', 'MetricsAvailable', 'StreamsIntact'])
    await shop.conditionBecomes(type, { status: 'True' })
  await eventually(async () => {
    const { status } = await shop.get()
    expect(status.backlog).toBe(0)
    expect(status.shards).toHaveLength(4)
    const owners = new Set(status.shards.map(({ owner }: ApiObject) => owner))
    expect([...owners].sort()).toEqual((await shop.workers()).map(({ metadata }) => metadata.name).sort())
  }, LONG)
}, 120_000)

test('a worker calculates the score of all that was published, and the status tells of it', async () => {
  await eventually(async () => {
    const { status } = await shop.get()
    expect(status.composite).toMatchObject({ value: expect.stringMatching(/^\d/), sampleSize: published.length })
    expect((await shop.workers()).map(({ metadata }) => metadata.name)).toContain(status.composite.holder)
  }, LONG)
  await shop.conditionBecomes('CompositeFresh', { status: 'True', reason: 'Fresh' })
}, 120_000)

test('a Job from the CronJob aggregates, and the status tells of it', async () => {
  await kube('create', 'job', 'by-hand', '--from=cronjob/shops-aggregation')
  const { code, err } = await kube('wait', '--for=condition=Complete', 'job/by-hand', '--timeout=90s')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  await shop.conditionBecomes('Parity', { status: 'True', reason: 'Exact' })
  await shop.conditionBecomes('AggregationHealthy', { status: 'True', reason: 'Succeeded' })
  const { status } = await shop.get()
  expect(status.lastAggregation).toMatchObject({
    state: 'Succeeded',
    entities: 20,
    failures: 0,
    parity: { mismatches: 0 },
  })
}, 120_000)

test('kill -9 of a worker and the loss of a pod change no number', async () => {
  const [first, second] = await shop.workers()
  await publish(1_500)
  await operated.cluster.kill(first!)
  await publish(1_500)
  await namespace.delete('pods', second!['metadata'].name, { gracePeriodSeconds: 0 })
  await publish(1_000)
  await shop.expectExact(published)
  await shop.waitFor('Ready')
}, 120_000)

test('suspension drains and proves it, and the backlog is kept', async () => {
  await shop.patch({ suspend: true })
  await shop.waitFor('Drained')
  await publish(500)
  await eventually(async () => expect((await shop.get())['status'].backlog).toBe(500), LONG)
  await shop.conditionBecomes('Ready', { status: 'False', reason: 'Suspended' })
  await shop.patch({ suspend: false })
  await shop.waitFor('Ready')
  await shop.expectExact(published)
}, 120_000)

test('a newer operator restarts no worker', async () => {
  const before = uidsOf(await shop.workers())
  await operated.upgrade()
  await shop.conditionBecomes('UpgradeAvailable', { status: 'True' })
  expect(uidsOf(await shop.workers())).toEqual(before)
  await publish(500)
  await shop.expectExact(published)
}, 120_000)

test('an image that cannot be had leaves the workers serving, and the status says why', async () => {
  const before = uidsOf(await shop.workers())
  await shop.patch({ image: 'example/nowhere:1', database: { migrate: false } })
  await shop.conditionBecomes('Ready', {
    status: 'False',
    message: expect.stringMatching(/Err?ImagePull|ImagePullBackOff/),
  })
  await publish(500)
  await shop.expectExact(published)
  expect(uidsOf(await shop.workers())).toEqual(expect.arrayContaining(before))
  await shop.patch({ image: null, database: { migrate: true } })
  await shop.waitFor('Ready')
}, 120_000)

test('deletion takes the fleet along and leaves the database', async () => {
  const servers = await shop.servers()
  await kube('delete', 'mp', 'shops')
  await eventually(async () => {
    const left = ['apps/v1/deployments', 'batch/v1/cronjobs', 'batch/v1/jobs', 'pods', 'configmaps']
    for (const resource of left)
      expect(await namespace.list(resource, 'app.kubernetes.io/managed-by=metrics-pipeline-operator')).toEqual([])
  }, LONG)
  expect(await servers.rows()).toHaveLength(20)
}, 120_000)
