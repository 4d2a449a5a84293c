import { expect, test } from 'vitest'
import { connectRedis } from '../../../adapters/redis/redis-client.ts'
import { eventually } from '../../support/eventually.ts'
import { expectInvariants } from '../../support/expect-invariants.ts'
import { ExporterProcess } from '../../support/exporter-process.ts'
import { Laptop } from '../../support/laptop.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'
import { OrderProducer } from '../../support/order-producer.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'
import { redisGrants } from '../../support/redis-grants.ts'
import { shopManifest } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'
import { WorkerFleet } from '../../support/worker-fleet.ts'

const SHARDED = { sharded: { prefix: 'shop', shards: 4 } }

function urlOf(cluster: RedisCluster, username: string, password: string): string {
  return Object.assign(new URL(cluster.url), { username, password }).href
}

/** Until a server starts again, which forgets them. */
async function createUsers({ nodes, copy }: RedisCluster): Promise<void> {
  for (const grant of redisGrants('plain', 'sharded', 'cluster'))
    for (const node of [...nodes, copy]) await node.ask((redis) => redis.call('ACL', ...grant))
}

/** Two workers, with rights of their own or all; with a mounted file their connection is the one in there. */
async function openFleet(user?: readonly [name: string, password: string], mounted?: MountedFolder) {
  const resources = new AsyncDisposableStack()
  try {
    const cluster = resources.use(await RedisCluster.start())
    await createUsers(cluster)
    const redis = await connectRedis(cluster.url, () => undefined)
    const fleet = resources.use(await WorkerFleet.open({ ...SHARDED, servers: { redisUrl: cluster.url, redis } }))
    const redisUrl = user === undefined ? cluster.url : urlOf(cluster, ...user)
    await mounted?.set({ 'redis-url': redisUrl })
    const environment = mounted && { REDIS_URL: '', REDIS_URL_FILE: mounted.pathOf('redis-url') }
    const ways = { redisUrl, ...(environment && { environment }) }
    await fleet.start('worker-0', ways)
    await fleet.start('worker-1', ways)
    await fleet.shared({ 'worker-0': 2, 'worker-1': 2 })
    const dispose = () => resources.disposeAsync()
    return { cluster, fleet, producer: new OrderProducer(fleet.shops), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await resources.disposeAsync()
    throw error
  }
}

test('a fleet reads shards on the servers of a cluster, with the rights that the page lists, and so do mp and an exporter', {
  timeout: 120_000,
}, async () => {
  await using opened = await openFleet(['metrics', 'secret'])
  const { cluster, fleet, producer } = opened
  const sizes = await Promise.all(cluster.nodes.map((node) => node.ask((redis) => redis.dbsize())))
  expect(Math.min(...sizes), 'no server is without a shard').toBeGreaterThan(0)
  await producer.publish(600)
  await fleet.shops.publish([{ ...order(0), stream: 'shop:{1}', id: 'dear', data: { ...order(0).data, cents: -1 } }])
  await eventually(async () => expect(await fleet.shops.letters()).toHaveLength(1))
  await using laptop = await Laptop.open({
    DATABASE_URL: fleet.shops.databaseUrl,
    REDIS_URL: urlOf(cluster, 'metrics', 'secret'),
  })
  await laptop.write('shops.yaml', shopManifest({ ...SHARDED, batchSize: 40, windows: ['7d', '30d', '90d'] }))
  const mp = (...args: string[]) => laptop.mp([...args, '-f', 'shops.yaml'])
  expect(await mp('replay', '1')).toMatchObject({ code: 0 })
  await eventually(async () => expect(await fleet.shops.letters()).toHaveLength(2))
  await fleet.shops.caughtUp()
  expect(await mp('backfill')).toMatchObject({ code: 0 })
  expect((await mp('status')).out).toMatch(/^shop:\{3\} +\d+ +0 +0 +worker-[01]$/m)
  await using exporter = await ExporterProcess.start()
  await exporter.add(fleet.shops, { ...fleet.shops, redisUrl: urlOf(cluster, 'watch', 'third') })
  const streams = [0, 1, 2, 3].map((shard) => ({ stream: `shop:{${shard}}`, backlog: 0, state: 'ok' }))
  await exporter.sees('shops', { source: { backlog: 0, streams } })
  await expectInvariants(fleet, { published: producer.published, deadLetters: 2 })
  for (const node of cluster.nodes)
    expect(await node.ask((redis) => redis.call('ACL', 'LOG')), 'what was refused').toEqual([])
})

test.each<[sentence: string, happens: (cluster: RedisCluster) => Promise<unknown>]>([
  [
    'a server of a cluster goes and comes back',
    async ({ nodes }) => {
      await nodes[2]?.stop()
      await nodes[2]?.start()
    },
  ],
  [
    'a copy takes the place of a server of a cluster, which goes',
    async ({ nodes, copy }) => {
      await copy.ask((redis) => redis.call('CLUSTER', 'FAILOVER'))
      await eventually(async () => expect(await copy.ask((redis) => redis.info())).toMatch('role:master'))
      await nodes[2]?.stop()
    },
  ],
])('%s: its shards are read on, and nothing is lost', { timeout: 120_000 }, async (_sentence, happens) => {
  await using opened = await openFleet()
  const { cluster, fleet, producer } = opened
  {
    await using _flow = producer.flow()
    await eventually(() => expect(producer.published.length).toBeGreaterThan(500))
    await happens(cluster)
    const { length } = producer.published
    await eventually(() => expect(producer.published.length).toBeGreaterThan(length + 500))
  }
  await expectInvariants(fleet, producer)
})

test('a password is rotated on all servers of a cluster: the fleet goes on under the new one, and nothing is lost', {
  timeout: 120_000,
}, async () => {
  await using mounted = await MountedFolder.create()
  await using opened = await openFleet(['metrics', 'secret'], mounted)
  const { cluster, fleet, producer } = opened
  const onAll = (...command: [string, ...string[]]) =>
    Promise.all([...cluster.nodes, cluster.copy].map((node) => node.ask((redis) => redis.call(...command))))
  await producer.publish(500)
  await fleet.shops.caughtUp()
  await onAll('ACL', 'SETUSER', 'metrics', 'resetpass', '>rotated')
  await onAll('CLIENT', 'KILL', 'USER', 'metrics')
  await eventually(() => {
    for (const { log } of fleet.workers) {
      expect(log).toContain('reading failed')
      expect(log).toContain('WRONGPASS')
    }
  })
  await producer.publish(500)
  await mounted.set({ 'redis-url': urlOf(cluster, 'metrics', 'rotated') })
  await fleet.shops.caughtUp({ withinMs: 60_000 })
  for (const { log } of fleet.workers) expect(log.match(/"msg":"worker reads"/g)).toHaveLength(1)
  await expectInvariants(fleet, producer)
})
