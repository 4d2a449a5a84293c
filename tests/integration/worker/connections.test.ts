import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { freshDatabase, freshRedis } from '../../support/servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

async function throughProxies() {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await freshDatabase())
  const redis = resources.use(await freshRedis())
  const toPostgres = resources.use(await TcpProxy.to(database.url))
  const toRedis = resources.use(await TcpProxy.to(redis.url))
  const shops = resources.use(
    await PipelineOnServers.open(shopPipeline({ batchSize: 20 }), { databaseUrl: database.url, redisUrl: redis.url }),
  )
  return { resources, shops, toPostgres, toRedis }
}

test.each([
  ['PostgreSQL', 'toPostgres'],
  ['Redis', 'toRedis'],
] as const)('a worker whose connections to %s end goes on with new ones', async (_name, way) => {
  const { resources, shops, toPostgres, toRedis } = await throughProxies()
  await using _ = resources
  await shops.publish(orders(0, 3_000))
  const worker = await shops.startWorker({ databaseUrl: toPostgres.url, redisUrl: toRedis.url })
  const proxy = { toPostgres, toRedis }[way]
  for (const facts of [100, 800, 1_600]) {
    await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(facts))
    proxy.interrupt()
  }
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(2_000))
  proxy.cut()
  await shops.publish(orders(3_000, 3_100))
  proxy.restore()
  await shops.caughtUp()
  expect(worker.state).toBe('running')
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 3_100)))
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0 })
  expect(await shops.counts()).toMatchObject({ dead_lettered: 0 })
  expect(sumOfOutcomes(await shops.counts())).toBeGreaterThanOrEqual(3_100)
})

test('a worker restarted again and again while nothing can be written sets no entry aside for that', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish(orders(0, 100))
  await shops.db.query('alter table fact_order rename to gone')
  for (let restart = 0; restart < 12; restart += 1) {
    const worker = await shops.startWorker()
    await eventually(async () =>
      expect(await worker.metrics.commitRetries.get()).toMatchObject({ values: [{ value: 1 }] }),
    )
    await worker.stop()
  }
  await shops.db.query('alter table gone rename to fact_order')
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.letters()).toEqual([])
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 100)))
})
