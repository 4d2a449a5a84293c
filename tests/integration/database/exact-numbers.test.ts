import { expect, test } from 'vitest'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { order } from '../../support/shop-orders.ts'
import { changedShops, type Manifest } from './shops.ts'

/** Sums far below 2^53 whose common unit is so small that products of them leave 64 bits. */
function finelyMeasured(manifest: Manifest): void {
  const { events, metrics } = manifest.spec.metrics.definition
  Object.assign(events.order.fields.cents, { minimum: 0, maximum: 1_000_000 })
  Object.assign(events.order.fields.kilos, { decimals: 9, minimum: -1, maximum: 1_000 })
  metrics.cents_per_kilo = { percent: ['revenue', 'mass'], decimals: 2 }
  metrics.score = { weighted: [{ weight: 1, percent: ['revenue', 'mass'], atMost: 50 }], decimals: 2 }
}

test.each([
  ['below it', 100.1, null],
  ['at it', 100, 'large'],
])('a minimum of a decimal sum is in the unit of its field: %s', async (_name, mass, tier) => {
  const asks = (manifest: Manifest) => {
    const rules = {
      version: 1,
      flags: { orders: { green: { atLeast: 1 } } },
      order: [{ tier: 'large' }],
      minimum: { mass },
    }
    manifest.spec.metrics.definition.tiers = { Default: rules }
  }
  await using shops = await PipelineOnServers.open(changedShops(asks))
  await shops.publish([{ ...order(0), data: { ...order(0).data, kilos: 100 } }])
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject([{ acc_mass_7d: '100000', tier_7d: tier }])
})

test.each([
  ['quotients and scores of large sums', 0.5, { cents_per_kilo_7d: '200000000.00', score_7d: '50.00' }],
  ['scores of negative denominators', -0.5, { cents_per_kilo_7d: '-200000000.00', score_7d: '-200000000.00' }],
])('%s are exact', async (_name, kilos, expected) => {
  await using shops = await PipelineOnServers.open(changedShops(finelyMeasured, { batchSize: 200 }))
  await shops.publish(
    Array.from({ length: 200 }, (_, n) => {
      const { data, ...event } = order(n)
      return { ...event, data: { ...data, shop: 'shop-00', cents: 1_000_000, kilos } }
    }),
  )
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject([expected])
})
