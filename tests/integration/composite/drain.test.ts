import { expect, test } from 'vitest'
import { captureLog } from '../../support/captured-log.ts'
import { eventually } from '../../support/eventually.ts'
import { gateKey } from '../../support/gate-key.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

/** After the first nothing is due for as long as anybody looks. */
const COMPOSITE = { strategy: 'Hybrid', minInterval: '1s', maxStale: '1h', eventThreshold: 1_000_000 }

function openShops(): Promise<PipelineOnServers> {
  return PipelineOnServers.open(shopPipeline({ composite: COMPOSITE }))
}

async function commits(shops: PipelineOnServers, count: number): Promise<void> {
  await eventually(async () => expect(await shops.count('mp_composite_history')).toBe(count))
}

test('a worker without the time that a calculation may take leaves no last composite behind, and says which', async () => {
  await using shops = await openShops()
  const { log, lines } = captureLog()
  const worker = await shops.startWorker({ log, graceMs: 6_000 }) // three to close connections, four to calculate
  await commits(shops, 1)
  await worker.stop()
  await commits(shops, 1)
  expect(lines.filter((line) => line.includes('too short for a last composite'))).toEqual([
    expect.stringContaining('"scopes":["pipeline"]'),
  ])
})

test('what a worker had not told the gate yet is told when it goes while others stay', async () => {
  await using shops = await openShops()
  const goes = await shops.startWorker({ consumer: 'goes' })
  await commits(shops, 1)
  await shops.publish(orders(0, 50))
  await shops.caughtUp()
  const stays = await shops.startWorker({ consumer: 'stays' })
  await eventually(async () => expect(await shops.count('mp_member')).toBe(2)) // goes is not alone
  await goes.stop()
  expect(stays.state).toBe('running')
  expect(await shops.redis.hget(await gateKey(shops.db), 'ev')).toBe('50')
  await commits(shops, 1)
})
