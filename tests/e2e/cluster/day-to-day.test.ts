import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedCluster } from '../../support/cluster/operated-cluster.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { ShopInCluster } from '../../support/cluster/shop-in-cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { Laptop } from '../../support/laptop.ts'
import { RotatingUser } from '../../support/rotating-user.ts'
import type { ShopOptions } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { whileLocked } from '../../support/while-locked.ts'

// What teams do to a pipeline that runs. Each test has one for itself, in a namespace of its own.

const LONG = { withinMs: 90_000 }
const TEST_MS = 180_000

let operated: OperatedCluster

beforeAll(async () => {
  operated = await OperatedCluster.open()
}, 120_000)

afterAll(async () => {
  await operated?.[Symbol.asyncDispose]()
}, 120_000)

/** A pipeline that is ready, and disappears with its namespace. */
async function openShop(options: ShopOptions = {}, spec: ApiObject = {}): Promise<ShopInCluster> {
  const shop = await ShopInCluster.open(await operated.namespace(), options, spec)
  await shop.apply()
  await shop.waitFor('Ready')
  return shop
}

/** Who runs, and how often each has been started again. */
function lives(pods: readonly ApiObject[]): readonly string[] {
  return pods
    .map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses?.[0]?.restartCount ?? 0}`)
    .sort()
}

async function kube(shop: ShopInCluster, ...args: string[]): Promise<string> {
  const { code, out, err } = await kubectl(operated.cluster, ['--namespace', shop.namespace.name, ...args])
  expect({ code, err }, args.join(' ')).toEqual({ code: 0, err: '' })
  return out
}

test(
  'rotated passwords need no rollout: workers and exporter go on as they are',
  async () => {
    await using shop = await ShopInCluster.open(await operated.namespace(), {}, { workers: { replicas: 2 } })
    const servers = await shop.servers()
    await using user = await RotatingUser.create(servers, 'before')
    await shop.connect(user.urls('before'))
    await shop.apply()
    await shop.waitFor('Ready')
    const everybody = async () =>
      lives([...(await shop.workers()), ...(await shop.namespace.list('pods', 'app.kubernetes.io/component=exporter'))])
    const before = await everybody()
    await servers.publish(orders(0, 1_000))
    await shop.expectExact(orders(0, 1_000))

    await user.setPassword('after')
    await user.endSessions(async () => {
      expect(await shop.condition('DatabaseReachable')).toMatchObject({ status: 'Unknown' })
      expect(await shop.condition('SourceReachable')).toMatchObject({ status: 'Unknown' })
    })
    await servers.publish(orders(1_000, 2_000))
    await shop.connect(user.urls('after'))
    await shop.expectExact(orders(0, 2_000))
    await shop.conditionBecomes('DatabaseReachable', { status: 'True' })
    await shop.conditionBecomes('SourceReachable', { status: 'True' })
    await shop.waitFor('Ready')
    expect(await everybody()).toEqual(before)
  },
  TEST_MS,
)

test(
  'an aggregation in three shards, one of which is killed, comes to one exact day',
  async () => {
    await using shop = await openShop({ aggregation: { shards: 3 } })
    const servers = await shop.servers()
    await servers.publish(orders(0, 1_000))
    await shop.expectExact(orders(0, 1_000))
    const index = ({ metadata }: ApiObject) => metadata.annotations['batch.kubernetes.io/job-completion-index']
    await whileLocked(servers.db, 'shop_metrics_daily', async () => {
      await kube(shop, 'create', 'job', 'by-hand', '--from=cronjob/shops-aggregation')
      await kube(shop, 'patch', 'job', 'by-hand', '--type=merge', '--patch={"spec": {"parallelism": 3}}') // for few entities one at a time would do
      const second = await eventually(async () => {
        const pods = (await shop.pods('aggregation')).filter(({ status }) => status.phase === 'Running')
        expect(pods.map(index).sort()).toEqual(['0', '1', '2'])
        return pods.find((pod) => index(pod) === '1') as ApiObject
      }, LONG)
      await operated.cluster.kill(second)
      await eventually(
        async () => expect((await shop.namespace.get('batch/v1/jobs', 'by-hand'))['status'].failed).toBe(1),
        LONG,
      )
    })
    await kube(shop, 'wait', '--for=condition=Complete', 'job/by-hand', '--timeout=90s')
    const { status } = await shop.namespace.get('batch/v1/jobs', 'by-hand')
    expect(status).toMatchObject({ completedIndexes: '0-2', succeeded: 3 })
    await eventually(async () => {
      expect((await shop.get())['status'].lastAggregation).toMatchObject({
        state: 'Succeeded',
        entities: 20,
        failures: 0,
        parity: { compared: 20, mismatches: 0 },
      })
    }, LONG)
    expect(await servers.count('shop_metrics_daily')).toBe(20)
  },
  TEST_MS,
)

test(
  'mp works by hand on what kubectl tells of a pipeline and on its servers',
  async () => {
    await using shop = await openShop({ aggregation: { shards: 2 } })
    await using laptop = await Laptop.open({ DATABASE_URL: shop.databaseUrl, REDIS_URL: shop.redisUrl })
    await laptop.write('shops.yaml', await kube(shop, 'get', 'mp', 'shops', '-o', 'yaml'))
    const mp = async (...args: string[]) => await laptop.mp([...args, '-f', 'shops.yaml'])
    const bad = { type: 'order', id: 'bad', stream: 'shop:orders', data: { cents: 'many' } }
    const lines = [...orders(0, 200), bad].map((event) => JSON.stringify(event)).join('\n')
    expect(await laptop.mp(['publish', '-f', 'shops.yaml'], { input: lines })).toMatchObject({ code: 0 })
    await shop.expectExact(orders(0, 200))

    const status = await mp('status')
    expect(status).toMatchObject({ code: 0, err: '' })
    expect(await mp('dead-letters', 'list')).toMatchObject({ code: 0, out: expect.stringContaining('shop:orders') })
    const run = await mp('aggregate')
    expect(run).toMatchObject({ code: 0, err: '' })
    expect(run.out).toMatch(/Successful: 20\n.*Parity: 20 live rows compared, 0 mismatches/s)
    await shop.conditionBecomes('Parity', { status: 'True', reason: 'Exact' })
  },
  TEST_MS,
)

test(
  'a metric is added: migrated first, then rolled out without a moment of too few workers',
  async () => {
    await using shop = await openShop({}, { workers: { replicas: 2 } })
    const servers = await shop.servers()
    await servers.publish(orders(0, 1_000))
    await shop.expectExact(orders(0, 1_000))
    const [first] = await servers.rows()
    const before = lives(await shop.workers())
    const stop = new AbortController()
    const available: number[] = []
    const watching = (async () => {
      const changes = await operated.cluster.api.watch(
        `${shop.namespace.path('apps/v1/deployments')}?watch=true&fieldSelector=metadata.name=shops-worker`,
        stop.signal,
      )
      for await (const { object } of changes) available.push(object['status'].availableReplicas ?? 0)
    })().catch(() => undefined)

    await shop.patch({
      metrics: { definition: { metrics: { mean_points: { ratio: ['points', 'orders'], decimals: 1 } } } },
    })
    await servers.publish(orders(1_000, 2_000))
    await eventually(async () => {
      const { metadata, status } = await shop.get()
      expect(status.observedGeneration).toBe(metadata.generation)
      expect(lives(await shop.workers()).filter((life) => before.includes(life))).toEqual([])
    }, LONG)
    await shop.waitFor('Ready')
    stop.abort()
    await watching
    expect(Math.min(...available)).toBe(2)
    expect(await shop.namespace.list('batch/v1/jobs', 'app.kubernetes.io/component=migrate')).toHaveLength(2)
    await shop.expectExact(orders(0, 2_000))
    await eventually(async () => {
      for (const { mean_points_7d, revision } of await servers.rows()) {
        expect(mean_points_7d).toBe('0.0')
        expect(revision).toBeGreaterThan(first?.['revision'] as number)
      }
    }, LONG)
  },
  TEST_MS,
)

test(
  'three workers of plain streams become one while events flow',
  async () => {
    await using shop = await openShop({}, { workers: { replicas: 3 } })
    const servers = await shop.servers()
    const flow = async (from: number, to: number) => {
      for (let next = from; next < to; next += 100) await servers.publish(orders(next, next + 100))
    }
    await flow(0, 2_000)
    const flowing = flow(2_000, 6_000)
    await kube(shop, 'scale', 'mp/shops', '--replicas=1')
    await flowing
    await eventually(async () => expect((await shop.get())['status'].workers).toBe('1/1'), LONG)
    await flow(6_000, 7_000)
    await shop.expectExact(orders(0, 7_000))
    await eventually(async () => expect(await shop.workers()).toHaveLength(1), LONG) // one that leaves is a pod until it has ended
  },
  TEST_MS,
)
