import { expect, test } from 'vitest'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

test('a worker renews its leases over a connection that its work cannot take', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ sharded: { prefix: 'shop', shards: 4 } }))
  await shops.startWorker()
  await shops.caughtUp()
  const { rows } = await shops.db.query(
    `select query ~ 'mp_member|mp_shard' as leases from pg_stat_activity
      where datname = current_database() and application_name = 'metrics-pipeline worker worker-0, leases'`,
  )
  expect(rows).toEqual([{ leases: true }])
})
