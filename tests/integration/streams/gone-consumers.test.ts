import { expect, test } from 'vitest'
import { infoRecord } from '../../../adapters/redis/info-record.ts'
import { RedisEventStream } from '../../../adapters/redis/redis-event-stream.ts'
import { eventually } from '../../support/eventually.ts'
import { OwnServer } from '../../support/own-server.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'

// A worker of a cluster has another name each time. What it was called stays in the groups of its streams until somebody removes it.

const GROUP = 'shops'

const SILENT_MS = 1_000

async function consumersOf(shops: PipelineOnServers, stream: string, idleMs = 0): Promise<readonly unknown[]> {
  const replies = (await shops.redis.xinfo('CONSUMERS', stream, GROUP)) as unknown[][]
  const consumers = replies.map(infoRecord).filter(({ idle }) => Number(idle) >= idleMs)
  return consumers.map(({ name }) => name).sort()
}

test('consumers that hold nothing and were silent for long are removed; others stay, and nothing is lost', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish([order(0)])
  await shops.redis.xgroup('CREATE', ORDERS, GROUP, '0')
  await shops.redis.xgroup('CREATECONSUMER', ORDERS, GROUP, 'gone')
  await shops.redis.xreadgroup('GROUP', GROUP, 'holding', 'COUNT', 1, 'STREAMS', ORDERS, '>')
  const stream = new RedisEventStream({
    url: shops.redisUrl,
    group: GROUP,
    consumer: 'self',
    streams: [ORDERS, MIXED],
    sharded: undefined,
    batchSize: 10,
    blockMs: 100,
    claimIdleMs: 60_000,
    startFrom: 'Earliest',
    onEvent: () => undefined,
  })
  await stream.open()
  try {
    await stream.probe()
    const old = ['gone', 'holding', 'self']
    await eventually(async () => expect(await consumersOf(shops, ORDERS, SILENT_MS)).toEqual(old))
    await shops.redis.xgroup('CREATECONSUMER', ORDERS, GROUP, 'new')
    expect(await stream.removeGoneConsumers(SILENT_MS)).toBe(1)
    expect(await consumersOf(shops, ORDERS)).toEqual(['holding', 'new', 'self'])
    expect(await consumersOf(shops, MIXED)).toEqual([])
    expect(await shops.pending(ORDERS)).toBe(1)
  } finally {
    await stream.close()
  }
})

test('a worker looks for them, and leaves alone who was there a moment ago', async () => {
  await using redis = await OwnServer.redis()
  await using shops = await PipelineOnServers.open(shopPipeline(), { redisUrl: redis.url })
  const former = await shops.startWorker({ consumer: 'former' })
  await shops.publish([order(0)])
  await shops.caughtUp()
  await former.stop()
  await shops.startWorker({ consumer: 'present' })
  await eventually(async () => expect(await shops.redis.info('commandstats')).toMatch(/cmdstat_xinfo\|consumers/))
  await shops.publish(orders(1, 10))
  await shops.caughtUp()
  expect(await consumersOf(shops, ORDERS)).toEqual(['former', 'present'])
})

test('positions of consumers that are gone are forgotten, but for the greatest of each stream', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.db.query(`
    insert into mp_position (stream, consumer, entry_ms, entry_seq, committed_at)
    select 'shop:' || stream, consumer, ms, 0, clock_timestamp() - age::interval
      from (values ('a', 'gone', 1, '2 days'), ('a', 'greatest', 3, '9 days'), ('a', 'present', 2, '1 hour'), ('b', 'gone', 1, '2 days'))
           as known(stream, consumer, ms, age)`)
  const worker = await shops.startWorker()
  await worker.stop()
  const { rows } = await shops.db.query('select stream, consumer from mp_position order by 1, 2')
  expect(rows.map(({ stream, consumer }) => `${stream} ${consumer}`)).toEqual([
    'shop:a greatest',
    'shop:a present',
    'shop:b gone',
  ])
})
