import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { order } from '../../support/shop-orders.ts'
import { changedShops } from '../database/shops.ts'

const DAY_MS = 86_400_000

const TODAY = Math.floor(Date.now() / DAY_MS)

const midnight = (inDays: number) => (TODAY + inDays) * DAY_MS

/** Events of many days ago, so that no midnight during the test matters. */
function orderOf(n: number, daysAgo: number) {
  const placedAt = new Date(midnight(-daysAgo) + 1_000).toISOString()
  return { ...order(n), data: { ...order(n).data, placedAt } }
}

test.each([
  ['one batch', 100],
  ['several batches', 1],
])('as-of follows the data up to today, when an event dated ahead comes in %s', async (_name, batchSize) => {
  const followsData = changedShops((manifest) => (manifest.spec.metrics.asOf = 'EventTime'), { batchSize })
  await using shops = await PipelineOnServers.open(followsData)
  await shops.publish([orderOf(1, 12), orderOf(2, -20), orderOf(3, 10), orderOf(4, 11)])
  await shops.startWorker()
  await shops.caughtUp()
  await eventually(async () => {
    const rows = await shops.rows()
    expect(rows.map((row) => (row['as_of'] as Date).getTime())).toEqual(Array(4).fill(midnight(-9)))
  })
  expect(await shops.parity()).toMatchObject({ compared: 4, mismatches: 0, missing: 0, overdue: 0 })
})

test('rows computed while the data told no time yet move to its time with the first event that does', async () => {
  await using shops = await PipelineOnServers.open(
    changedShops((manifest) => (manifest.spec.metrics.asOf = 'EventTime')),
  )
  await shops.startWorker()
  await shops.publish([orderOf(2, -20)])
  await shops.caughtUp()
  await shops.publish([orderOf(1, 12)])
  await shops.caughtUp()
  expect((await shops.rows()).map((row) => (row['as_of'] as Date).getTime())).toEqual([midnight(-11), midnight(-11)])
})
