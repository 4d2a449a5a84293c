import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

/** Each of another shop. */
const MANY = 20

/** Nothing but so many makes a new score due, and there will be no more of them. */
const COMPOSITE = { strategy: 'EventBased', minInterval: '1s', maxStale: '1h', eventThreshold: MANY }

test.each([
  ['facts, at once', 'Facts', '3s'],
  ['rows, which follow their events only seconds later', 'Rows', '3s'],
  ['rows that follow each batch', 'Rows', '0s'],
] as const)(
  'a score holds the whole of a burst, after which nothing comes any more: over %s',
  async (_title, over, quiet) => {
    await using shops = await PipelineOnServers.open(shopPipeline({ composite: COMPOSITE, over, quiet }))
    const samples = async () =>
      (await shops.db.query<{ sample: number }>('select sample_size::int as sample from mp_composite')).rows
    await shops.startWorker()
    await eventually(async () => expect(await samples()).toEqual([{ sample: 0 }]))
    await shops.publish(orders(0, MANY))
    await eventually(async () => expect(await samples()).toEqual([{ sample: MANY }]), { withinMs: 15_000 })
  },
)
