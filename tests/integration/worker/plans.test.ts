import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

// A worker's statements keep the plans of its first minute, when the tables were next to empty.

test('a worker reads no table of facts from end to end, small as it may be', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 20 }))
  const before = await fullReads(shops)
  const worker = await shops.startWorker()
  await shops.publish(orders(0, 1_000))
  await shops.caughtUp()
  await worker.stop() // its sessions leave their statistics behind
  await eventually(async () => expect(await lookups(shops)).toBeGreaterThan(1_000))
  expect(await fullReads(shops)).toBe(before)
})

const fullReads = (shops: PipelineOnServers) => statistic(shops, 'seq_scan')

const lookups = (shops: PipelineOnServers) => statistic(shops, 'idx_tup_fetch')

async function statistic(shops: PipelineOnServers, name: string): Promise<number> {
  const { rows } = await shops.db.query(
    `select ${name}::int as value from pg_stat_user_tables where relname = 'fact_order'`,
  )
  return rows[0]?.value
}
