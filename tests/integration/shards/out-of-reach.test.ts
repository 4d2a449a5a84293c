import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { hasLived } from '../../support/has-lived.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shardChanges } from '../../support/shard-changes.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

async function owners(shops: PipelineOnServers): Promise<readonly (string | null)[]> {
  const { rows } = await shops.db.query<{ owner: string | null }>('select distinct owner from mp_shard order by 1')
  return rows.map(({ owner }) => owner)
}

test('a worker that cannot reach Redis leaves its shards to the others for as long as it cannot, and comes back', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ sharded: { prefix: 'shop', shards: 8 } }))
  await using proxy = await TcpProxy.to(shops.redisUrl)
  await shops.startWorker({ redisUrl: proxy.url })
  await shops.startWorker({ consumer: 'worker-1' })
  await eventually(async () => expect(await owners(shops)).toEqual(['worker-0', 'worker-1']))

  proxy.cut()
  await eventually(async () => expect(await owners(shops)).toEqual(['worker-1']))
  const settled = await shardChanges(shops)
  await hasLived(shops, 'worker-0', 4)
  expect(await shardChanges(shops)).toBe(settled)
  await shops.publish(unrouted(0, 200))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 200)))

  proxy.restore()
  await eventually(async () => expect(await owners(shops)).toEqual(['worker-0', 'worker-1']))
})
