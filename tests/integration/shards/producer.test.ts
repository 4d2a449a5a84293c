import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { EventProducer } from '../../../adapters/redis/event-producer.ts'
import { shardOf } from '../../../core/shards/shard-of.ts'
import { freshRedis } from '../../support/servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

const GROUP = 'shops'
const sharded = { prefix: 'shop', shards: 4 }

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

async function entriesOf(redis: Redis, shard: number): Promise<readonly Record<string, unknown>[]> {
  const entries = await redis.xrange(`shop:{${shard}}`, '-', '+')
  return entries.map(([, fields]) => JSON.parse(fields[fields.indexOf('data') + 1] as string))
}

test('each entity has all its events in one stream, in order', async () => {
  await using server = await freshRedis()
  const producer = await EventProducer.connect(server.url, { pipeline: shopPipeline({ sharded }) })
  const redis = new Redis(server.url)
  await producer.publish(unrouted(0, 200))
  expect(await redis.get('shop:shards')).toBe('4')
  for (let shard = 0; shard < 4; shard += 1) {
    const own = unrouted(0, 200)
      .map(({ data }) => data)
      .filter(({ shop }) => shardOf(shop, 4) === shard)
    expect(await entriesOf(redis, shard)).toEqual(own)
  }
  redis.disconnect()
  await producer.close()
})

test('a producer for another number of shards is refused, and told which it should be', async () => {
  await using server = await freshRedis()
  const first = await EventProducer.connect(server.url, { pipeline: shopPipeline({ sharded }) })
  await first.close()
  const other = EventProducer.connect(server.url, {
    pipeline: shopPipeline({ sharded: { prefix: 'shop', shards: 8 } }),
  })
  await expect(other).rejects.toThrow(
    'the streams shop:{0} … were made for 4 shards (shop:shards), and this pipeline declares 8; write shards: 4, or give the pipeline another prefix',
  )
})

test('publishing is held up while too many entries wait, goes on when they are read, and fails with a reason when they are not', async () => {
  await using server = await freshRedis()
  const redis = new Redis(server.url)
  const limits = { pipeline: shopPipeline({ sharded: { prefix: 'shop', shards: 1 } }), maxBacklog: 100 }
  const patient = await EventProducer.connect(server.url, limits)
  await patient.publish(unrouted(0, 150))
  const hasty = await EventProducer.connect(server.url, { ...limits, patienceMs: 0 })
  await expect(hasty.publish(unrouted(150, 160))).rejects.toMatchObject({
    name: 'PublishError',
    published: 0,
    cause: expect.objectContaining({
      name: 'BacklogFullError',
      message: expect.stringContaining('150 entries of shop:{0} wait to be read, more than the 100 allowed'),
    }),
  })
  expect(await redis.xlen('shop:{0}')).toBe(150)

  await redis.xgroup('CREATE', 'shop:{0}', GROUP, '0')
  await redis.xreadgroup('GROUP', GROUP, 'a', 'COUNT', 60, 'STREAMS', 'shop:{0}', '>')
  await expect(hasty.publish(unrouted(150, 160))).rejects.toThrow('published 0 of 10 events') // delivered, and still pending
  const waiting = patient.publish(unrouted(150, 160))
  const read = (await redis.xrange('shop:{0}', '-', '+')).slice(0, 60).map(([id]) => id)
  await redis.xack('shop:{0}', GROUP, ...read)
  expect(await waiting).toHaveLength(10)
  redis.disconnect()
  await Promise.all([patient.close(), hasty.close()])
})

test('a connection that ends between two calls is none of the caller’s concern', async () => {
  await using server = await freshRedis()
  await using proxy = await TcpProxy.to(server.url)
  const producer = await EventProducer.connect(proxy.url, { pipeline: shopPipeline({ sharded }) })
  proxy.interrupt()
  expect(await producer.publish(unrouted(0, 10))).toHaveLength(10)
  await producer.close()
})
