import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../../support/shop-orders.ts'

const GROUP = 'shops'

const NEVER_CLAIM = '1d'

const secondBefore = (time: string) => new Date(Date.parse(time) - 1_000).toISOString()

test('events become rows, repeated and corrected ones too', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const published = orders(0, 1_000)
  const corrected = { ...order(7), time: new Date().toISOString(), data: { ...order(7).data, cents: 100_000 } }
  await shops.publish([...published, ...orders(0, 300), corrected, order(7)])
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows([...published, corrected]))
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0 })
  const counts = await shops.counts()
  expect(counts).toMatchObject({ read: 1_302, persisted: 1_001, duplicate: 300, stale: 1, dead_lettered: 0 })
})

test('a deleted fact leaves the row, whichever comes first', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const tombstone = (n: number) => ({ ...order(n), time: new Date().toISOString(), tombstone: true })
  await shops.publish([order(0), order(20), tombstone(0), tombstone(40), order(40)])
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows([order(20)]))
  expect(await shops.counts()).toMatchObject({ read: 5, persisted: 3, stale: 2 })
})

test('what every kind of entry comes to adds up to what was read', async () => {
  const parcel = {
    table: 'public.parcels',
    entity: 'shop',
    at: 'sentAt',
    alsoMarks: ['formerShop'],
    fields: {
      shop: { type: 'string' },
      sentAt: { type: 'timestamp' },
      formerShop: { type: 'string', required: false },
    },
  }
  await using shops = await PipelineOnServers.open(shopPipeline({ events: { parcel } }), {
    prepare: 'create table parcels (id text primary key, shop text not null, sent_at timestamptz not null)',
  })
  const data = { shop: 'shop-00', sentAt: order(0).data.placedAt, formerShop: 'shop-01' }
  await shops.publish([
    ...orders(0, 50),
    ...orders(0, 10),
    { ...order(3), time: secondBefore(order(3).data.placedAt) },
    { stream: ORDERS, type: 'parcel', id: 'p', data },
    { stream: ORDERS, type: 'visit', id: 'v', data: {} },
    { stream: ORDERS, type: 'nonsense', id: 'n', data: {} },
  ])
  await shops.startWorker()
  await shops.caughtUp()
  const counts = await shops.counts()
  expect(counts).toMatchObject({ persisted: 50, marked: 1, duplicate: 10, stale: 1, dead_lettered: 1, ignored: 1 })
  expect(sumOfOutcomes(counts)).toBe(counts.read)
})

test('a worker begins with what it was delivered before it was restarted', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM, batchSize: 4 }))
  await shops.publish(orders(0, 10))
  await shops.redis.xgroup('CREATE', ORDERS, GROUP, '0')
  await shops.redis.xreadgroup('GROUP', GROUP, 'worker-0', 'COUNT', 6, 'STREAMS', ORDERS, '>')
  await shops.startWorker()
  await shops.caughtUp()
  const { rows } = await shops.db.query('select id from fact_order order by xmin::text::bigint, length(id), id')
  expect(rows.map(({ id }) => id)).toEqual(orders(0, 10).map(({ id }) => id))
})

test('what another consumer left lying is claimed once it lay long enough', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: '1s' }))
  await shops.publish(orders(0, 500))
  await shops.redis.xgroup('CREATE', ORDERS, GROUP, '0')
  await shops.redis.xreadgroup('GROUP', GROUP, 'gone', 'COUNT', 450, 'STREAMS', ORDERS, '>')
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 500)))
})

test('what another consumer holds is left to it', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM }))
  await shops.publish(orders(0, 10))
  await shops.redis.xgroup('CREATE', ORDERS, GROUP, '0')
  await shops.redis.xreadgroup('GROUP', GROUP, 'busy', 'COUNT', 4, 'STREAMS', ORDERS, '>')
  await shops.startWorker()
  await eventually(async () => {
    expect(await shops.count('fact_order')).toBe(6)
    expect(await shops.pending(ORDERS)).toBe(4)
  })
})

test('entries deleted from the stream before anybody committed them are counted as lost', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish(orders(0, 10))
  await shops.redis.xgroup('CREATE', ORDERS, GROUP, '0')
  await shops.redis.xreadgroup('GROUP', GROUP, 'worker-0', 'COUNT', 3, 'STREAMS', ORDERS, '>')
  await shops.redis.xreadgroup('GROUP', GROUP, 'gone', 'COUNT', 4, 'STREAMS', ORDERS, '>')
  await shops.redis.xtrim(ORDERS, 'MAXLEN', 5)
  const worker = await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.count('fact_order')).toBe(5)
  expect(await worker.metrics.entriesLost.get()).toMatchObject({ values: [{ value: 5 }] })
})

test('a worker that is stopped acknowledges what it holds and leaves the rest', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ claimIdle: NEVER_CLAIM, batchSize: 50 }))
  await shops.publish(orders(0, 5_000))
  const worker = await shops.startWorker()
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(100))
  await worker.stop()
  expect(worker.state).toBe('stopped')
  expect(await worker.ended).toBe('stopped')
  const { read } = await shops.counts()
  expect(read).toBeLessThan(5_000)
  expect(await shops.pending(ORDERS)).toBe(0)
  expect(await shops.count('fact_order')).toBe(read)
  expect(sumOfOutcomes(await shops.counts())).toBe(read)

  await shops.startWorker({ consumer: 'worker-1' })
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 5_000)))
  expect(await shops.counts()).toMatchObject({ read: 5_000, persisted: 5_000, duplicate: 0 })
})

test.each([2, 4])('%i workers on one stream come to the numbers of one', async (workers) => {
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 50 }))
  await shops.publish([...orders(0, 1_500), ...orders(500, 1_000)])
  await Promise.all(Array.from({ length: workers }, (_, i) => shops.startWorker({ consumer: `worker-${i}` })))
  await shops.publish([...orders(1_000, 3_000), ...orders(0, 500)])
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 3_000)))
  expect(await shops.parity()).toMatchObject({ compared: 20, mismatches: 0, missing: 0 })
  expect(await shops.counts()).toMatchObject({ read: 4_500, persisted: 3_000, duplicate: 1_500 })
})

test('where dead letters cannot be copied to their stream, they are in the database all the same and the rest goes on', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.redis.set(`${ORDERS}:dead_letter`, 'not a stream')
  await shops.publish([order(0), { ...order(1), data: { ...order(1).data, cents: -1 } }, order(2)])
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.letters()).toMatchObject([{ reason: 'invalid-field' }])
  expect(await shops.rows()).toMatchObject(expectedRows([order(0), order(2)]))
})
