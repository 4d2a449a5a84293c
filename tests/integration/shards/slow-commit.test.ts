import { expect, test } from 'vitest'
import { LEASE_MS } from '../../../core/fleet/lease.ts'
import { eventually } from '../../support/eventually.ts'
import { hasLived } from '../../support/has-lived.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shardChanges } from '../../support/shard-changes.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'

const SHARDS = 4

const LONGER_THAN_LEASE_SECONDS = LEASE_MS / 1_000 + 2

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

test('a worker that finishes a long commit before it lets shards go is not taken for dead meanwhile', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ sharded: { prefix: 'shop', shards: SHARDS } }))
  await shops.startWorker()
  await shops.publish(unrouted(0, 100))
  await shops.caughtUp()

  const holder = await shops.db.connect()
  try {
    await holder.query("begin; select from fact_order where id = 'order-0' for update")
    await shops.publish(unrouted(0, 1))
    await eventually(async () => expect(await commitsWaiting(shops)).toBe(1))
    await shops.startWorker({ consumer: 'worker-1' })
    await hasLived(shops, 'worker-1', LONGER_THAN_LEASE_SECONDS)
    expect(await commitsWaiting(shops)).toBe(1)
    expect(await shardChanges(shops)).toBe(SHARDS) // since the first worker took them all
  } finally {
    await holder.query('rollback')
    holder.release()
  }

  await eventually(async () => expect(await shardChanges(shops)).toBe(SHARDS + SHARDS / 2))
  await shops.caughtUp()
  expect(await shops.counts()).toMatchObject({ fenced: 0 })
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 100)))
})

async function commitsWaiting({ db }: PipelineOnServers): Promise<number> {
  const { rowCount } = await db.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  )
  return rowCount ?? 0
}
