import { expect, test } from 'vitest'
import { encodeEvent } from '../../../adapters/redis/event-producer.ts'
import type { Worker } from '../../../worker/create-worker.ts'
import { captureLog } from '../../support/captured-log.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { freshRedis } from '../../support/servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

// Trouble with servers. Whatever it is, it loses nothing, sets nothing aside and ends no worker: when it is over, every order is counted
// once. Entries are never claimed here: what a worker was given it finds by itself, without being restarted.

const GROUP = 'metrics-update-workers'

const NEVER_CLAIM = '1d'

type Order = ReturnType<typeof order>

/** Everything is as if nothing had happened. */
async function expectExactlyOnce(shops: PipelineOnServers, worker: Worker, published: readonly Order[]): Promise<void> {
  await shops.caughtUp()
  expect(worker.state).toBe('running')
  expect(await shops.letters()).toEqual([])
  expect(await shops.rows()).toMatchObject(expectedRows(published))
  expect(await shops.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  const counts = await shops.counts()
  expect(counts.persisted + counts.duplicate).toBe(counts.read)
  expect(sumOfOutcomes(counts)).toBe(counts.read)
}

/** Holds up every commit that touches this order, until it is let go of. */
async function lockOrder(shops: PipelineOnServers, id: string): Promise<AsyncDisposable> {
  const client = await shops.db.connect()
  await client.query('begin')
  await client.query('select from fact_order where id = $1 for update', [id])
  return {
    async [Symbol.asyncDispose]() {
      await client.query('rollback')
      client.release()
    },
  }
}

async function someCommitWaits(shops: PipelineOnServers): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await shops.db.query("select from pg_stat_activity where wait_event_type = 'Lock'")
    expect(rowCount).toBeGreaterThan(0)
  })
}

test('what was delivered to a former process of the same name is found without a restart', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM }))
  const worker = await shops.startWorker()
  await shops.publish([order(0)])
  await shops.caughtUp()
  const transaction = shops.redis.multi()
  for (const each of orders(1, 10)) transaction.xadd(ORDERS, '*', ...encodeEvent(each))
  transaction.xreadgroup('GROUP', GROUP, 'worker-0', 'STREAMS', ORDERS, '>')
  await transaction.exec()
  await expectExactlyOnce(shops, worker, orders(0, 10))
})

test('Redis away while one batch commits and the next is held: both are acknowledged afterwards', async () => {
  await using redis = await freshRedis()
  await using proxy = await TcpProxy.to(redis.url)
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM }), { redisUrl: proxy.url })
  const { log, lines } = captureLog()
  const worker = await shops.startWorker({ log })
  await shops.publish([order(0)])
  await shops.caughtUp()
  {
    await using _ = await lockOrder(shops, 'order-0')
    await shops.publish([order(0)])
    await someCommitWaits(shops)
    await shops.publish(orders(1, 5))
    await eventually(async () => expect((await shops.counts()).read).toBeGreaterThan(2))
    proxy.cut()
  }
  await eventually(() => expect(lines.join()).toContain('acknowledging failed'))
  proxy.restore()
  await expectExactlyOnce(shops, worker, orders(0, 5))
})

test('a worker that waits for the database keeps its entries, and no other one claims them', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: '1s' }))
  const worker = await shops.startWorker()
  await shops.publish([order(0)])
  await shops.caughtUp()
  {
    await using _ = await lockOrder(shops, 'order-0')
    await shops.publish([order(0)])
    await someCommitWaits(shops)
    await shops.startWorker({ consumer: 'worker-1' })
    const looks = await claims(shops)
    await eventually(async () => expect(await claims(shops)).toBeGreaterThanOrEqual(looks + 4))
    expect(await shops.redis.xpending(ORDERS, GROUP, '-', '+', 10)).toMatchObject([
      [expect.any(String), 'worker-0', expect.any(Number), 1],
    ])
  }
  await expectExactlyOnce(shops, worker, [order(0)])
  expect(await shops.counts()).toMatchObject({ read: 2, persisted: 1, duplicate: 1 })
})

/** How often anybody asked for idle entries: once for each stream and look. */
async function claims(shops: PipelineOnServers): Promise<number> {
  const [, calls = '0'] = /cmdstat_xautoclaim:calls=(\d+)/.exec(await shops.redis.info('commandstats')) ?? []
  return Number(calls)
}
