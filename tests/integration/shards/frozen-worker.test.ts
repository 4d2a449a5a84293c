import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { Program } from '../../support/run-program.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'

const unrouted = (from: number, to: number) => orders(from, to).map(({ stream: _, ...event }) => event)

test('a worker that is frozen in the middle of a commit keeps nobody from its shard for longer than its lease', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ sharded: { prefix: 'shop', shards: 1 } }))
  await using frozen = await Program.start('worker/main.ts', shops, [], { CONSUMER_NAME: 'frozen' })
  await shops.publish(unrouted(0, 10))
  await eventually(() => shops.caughtUp())

  const holder = await shops.db.connect()
  try {
    await holder.query("begin; select from fact_order where id = 'order-0' for update")
    await shops.publish(unrouted(0, 20))
    await eventually(async () => {
      const { rowCount } = await shops.db.query(
        "select from pg_stat_activity where application_name = 'metrics-pipeline worker frozen' and wait_event_type = 'Lock'",
      )
      expect(rowCount).toBe(1) // its shard is locked, and its facts are not written yet
    })
    frozen.kill('SIGSTOP')
    await holder.query('rollback')
  } finally {
    holder.release()
  }

  await shops.startWorker({ consumer: 'other' })
  await shops.caughtUp()
  expect(await shops.pending('shop:{0}')).toBe(0)
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 20)))
})
