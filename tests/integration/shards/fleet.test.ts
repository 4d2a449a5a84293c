import { expect, test } from 'vitest'
import { LEASE_MS } from '../../../core/fleet/lease.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'

const sharded = { prefix: 'shop', shards: 8 }

const open = (options = {}) => PipelineOnServers.open(shopPipeline({ sharded, batchSize: 40, ...options }))

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

/** How many shards each worker holds, by its name. */
async function shares(shops: PipelineOnServers): Promise<Readonly<Record<string, number>>> {
  const { rows } = await shops.db.query<{ owner: string; shards: number }>(
    'select owner, count(*)::int as shards from mp_shard where owner is not null and expires_at > clock_timestamp() group by 1 order by 1',
  )
  return Object.fromEntries(rows.map(({ owner, shards }) => [owner, shards]))
}

const expectShares = (shops: PipelineOnServers, expected: Readonly<Record<string, number>>) =>
  eventually(async () => expect(await shares(shops)).toEqual(expected))

test('one worker takes every shard and comes to the right rows', async () => {
  await using shops = await open()
  await shops.publish([...unrouted(0, 1_000), ...unrouted(0, 200)])
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shares(shops)).toEqual({ 'worker-0': 8 })
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 1_000)))
  expect(await shops.counts()).toMatchObject({ read: 1_200, persisted: 1_000, duplicate: 200, fenced: 0 })
})

test('workers that come and go under load share the shards fairly, and every event is counted once', async () => {
  await using shops = await open()
  await shops.startWorker()
  await expectShares(shops, { 'worker-0': 8 })
  await shops.publish(unrouted(0, 2_000))
  const second = await shops.startWorker({ consumer: 'worker-1' })
  await expectShares(shops, { 'worker-0': 4, 'worker-1': 4 })
  await shops.publish(unrouted(2_000, 4_000))
  const third = await shops.startWorker({ consumer: 'worker-2' })
  await eventually(async () => expect(Object.values(await shares(shops)).sort()).toEqual([2, 3, 3]))
  await shops.publish(unrouted(4_000, 6_000))
  await second.stop()
  await expectShares(shops, { 'worker-0': 4, 'worker-2': 4 })
  await third.stop()
  await expectShares(shops, { 'worker-0': 8 })
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 6_000)))
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0 })
  const counts = await shops.counts()
  expect(counts).toMatchObject({ read: 6_000, persisted: 6_000, duplicate: 0, fenced: 0 })
  expect(sumOfOutcomes(counts)).toBe(counts.read)
})

test('commits alone keep the shards of a worker that cannot look at its fleet meanwhile', async () => {
  await using shops = await open()
  await shops.startWorker()
  await expectShares(shops, { 'worker-0': 8 })
  await shops.db.query('alter table mp_member rename to gone')
  const longerThanLease = performance.now() + LEASE_MS
  for (let n = 0; performance.now() < longerThanLease; n += 20) {
    await shops.publish(unrouted(n, n + 20))
    await eventually(async () => expect(await shops.count('fact_order')).toBe(n + 20))
  }
  await shops.db.query('alter table gone rename to mp_member')
  await shops.caughtUp()
  expect(await shops.counts()).toMatchObject({ duplicate: 0, fenced: 0 })
})

test('a worker that was killed and starts again under its name does not wait for its own leases to run out', async () => {
  await using shops = await open()
  await (await shops.startWorker()).stop()
  await shops.db.query("update mp_shard set owner = 'worker-0', expires_at = clock_timestamp() + interval '1 hour'")
  await shops.startWorker()
  await shops.publish(unrouted(0, 100))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 100)))
})

test('what a former owner had been delivered and not committed comes first to the next one, in order', async () => {
  await using shops = await open({ sharded: { prefix: 'shop', shards: 1 } })
  await shops.publish(unrouted(0, 10))
  await shops.redis.xgroup('CREATE', 'shop:{0}', 'shops', '0')
  await shops.redis.xreadgroup('GROUP', 'shops', 'shards', 'COUNT', 6, 'STREAMS', 'shop:{0}', '>')
  await shops.startWorker()
  await shops.caughtUp()
  const { rows } = await shops.db.query('select id from fact_order order by xmin::text::bigint, length(id), id')
  expect(rows.map(({ id }) => id)).toEqual(orders(0, 10).map(({ id }) => id))
})

test('a schema that holds the shards of another number or prefix is refused', async () => {
  await using shops = await open()
  await shops.startWorker()
  const other = shopPipeline({ sharded: { prefix: 'shops', shards: 8 } })
  await expect(shops.startWorker({ pipeline: other, consumer: 'worker-1' })).rejects.toThrow(
    'this schema holds the shards of 8 streams (shop:{0} …), and the pipeline declares 8 (shops:{0} …)',
  )
})
