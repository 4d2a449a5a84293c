import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'

const EVENTS = 60_000

const SHOPS = 4_000

test.each(['0s', '1s'])(
  'rows change without an event while more events come than can be evaluated: quiet %s',
  async (quiet) => {
    await using shops = await PipelineOnServers.open(shopPipeline({ quiet, batchSize: 200 }))
    await shops.publish([{ ...order(EVENTS), data: { ...order(EVENTS).data, shop: 'quiet' } }])
    for (let n = 0; n < EVENTS; n += 5_000) {
      const some = orders(n, n + 5_000)
      await shops.publish(
        some.map((event, i) => ({ ...event, data: { ...event.data, shop: `shop-${(n + i) % SHOPS}` } })),
      )
    }
    await shops.startWorker()
    await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(SHOPS))
    await shops.db.query("update shop_metrics set next_change_at = now() - interval '1 hour' where entity = 'quiet'")
    await eventually(async () => {
      const { rows } = await shops.db.query(
        "select next_change_at > now() as moved from shop_metrics where entity = 'quiet'",
      )
      expect(rows).toEqual([{ moved: true }])
    })
    expect(await shops.count('fact_order')).toBeLessThan(EVENTS)
  },
)
