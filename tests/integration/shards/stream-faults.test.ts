import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'

const STREAM = 'shop:{0}'
const GROUP = 'shops'

const open = () => PipelineOnServers.open(shopPipeline({ sharded: { prefix: 'shop', shards: 1 } }))

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

async function faults(shops: PipelineOnServers): Promise<readonly string[]> {
  const { rows } = await shops.db.query(
    'select stream, kind from mp_stream_fault where healed_at is null order by kind',
  )
  return rows.map(({ stream, kind }) => `${stream} ${kind}`)
}

test('a sound stream has no fault, and what every group is done with is removed from it', async () => {
  await using shops = await open()
  await shops.redis.xgroup('CREATE', STREAM, 'auditors', '0', 'MKSTREAM')
  const worker = await shops.startWorker()
  await shops.publish(unrouted(0, 1_000))
  await shops.caughtUp()
  const audited = (await shops.redis.xreadgroup('GROUP', 'auditors', 'a', 'COUNT', 600, 'STREAMS', STREAM, '>')) as [
    string,
    [string, string[]][],
  ][]
  const ids = audited[0]?.[1].map(([id]) => id) ?? []
  await shops.redis.xack(STREAM, 'auditors', ...ids.slice(0, 400))
  await eventually(async () => expect(await shops.redis.xlen(STREAM)).toBeLessThanOrEqual(700)) // up to the oldest pending one, by whole nodes
  const [[first] = []] = (await shops.redis.xrange(STREAM, '-', '+', 'COUNT', 1)) as unknown as [string][]
  expect(ids.indexOf(first as string)).toBeLessThanOrEqual(400) // what a group has pending or has not read stays
  expect(await shops.redis.xlen(STREAM)).toBeGreaterThanOrEqual(600)
  expect(await faults(shops)).toEqual([])
  expect((await worker.metrics.entriesTrimmed.get()).values[0]?.value).toBeGreaterThan(0)
})

test('entries that a stranger trimmed before they were read are noticed', async () => {
  await using shops = await open()
  const worker = await shops.startWorker()
  await shops.publish(unrouted(0, 50))
  await shops.caughtUp()
  await worker.stop()
  await shops.publish(unrouted(50, 150))
  await shops.redis.xtrim(STREAM, 'MAXLEN', 40)
  await shops.startWorker({ consumer: 'worker-1' })
  await shops.caughtUp()
  await eventually(async () => expect(await faults(shops)).toEqual([`${STREAM} entries-trimmed`]))
  const { rows } = await shops.db.query('select detail from mp_stream_fault')
  expect(rows[0].detail).toMatch(/^at least 60 entries were removed after \d+-\d+ before any worker was given them$/)
  expect(await shops.rows()).toMatchObject(expectedRows([...orders(0, 50), ...orders(110, 150)]))
})

test('a server that came back without its last entries is noticed once, and read on from', async () => {
  await using shops = await open()
  const worker = await shops.startWorker()
  await shops.publish(unrouted(0, 50))
  await shops.caughtUp()
  await worker.stop()
  await shops.redis.flushdb()
  await shops.redis.xadd(STREAM, '1-1', 'id', 'x', 'type', 'nonsense', 'data', '{}') // ids of a clock that is behind
  await shops.startWorker({ consumer: 'worker-1' })
  await eventually(async () => expect(await faults(shops)).toEqual([`${STREAM} stream-regressed`]))
  await shops.publish(unrouted(50, 60))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 60)))
  expect((await shops.db.query('select times from mp_stream_fault')).rows).toEqual([{ times: 1 }])
})

test('a group that is gone is made again, and the stream read from its beginning', async () => {
  await using shops = await open()
  await shops.startWorker()
  await shops.publish(unrouted(0, 50))
  await shops.caughtUp()
  await shops.redis.xgroup('DESTROY', STREAM, GROUP)
  await shops.publish(unrouted(50, 100))
  await eventually(async () => expect(await faults(shops)).toEqual([`${STREAM} group-recreated`]))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 100)))
})
