import { expect, test } from 'vitest'
import { CompositeStore } from '../../../adapters/postgres/composite-store.ts'
import { CompositeGate } from '../../../adapters/redis/composite-gate.ts'
import { connectRedis } from '../../../adapters/redis/redis-client.ts'
import { storeComposite } from '../../../cli/store-composite.ts'
import { scored } from '../../support/composite-loops.ts'
import { UNNOTED } from '../../support/composite-rules.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

test.each([
  ['is stored', 0, { result: scored('76.5') }, { fence: 1, value: '76.5' }],
  ['is refused in favour of a later one', 9, { waitMs: expect.any(Number) }, { fence: 9, value: '1' }],
])('a score whose gate goes while it is calculated %s all the same', async (_title, seenFence, outcome, stands) => {
  await using shops = await PipelineOnServers.open(shopPipeline({ composite: { minInterval: '1s' } }))
  await using proxy = await TcpProxy.to(shops.redisUrl)
  const redis = await connectRedis(proxy.url, () => undefined)
  using _ = { [Symbol.dispose]: () => redis.disconnect() }
  const wanted = shops.pipeline.settings.composite
  if (wanted === undefined) throw new Error('the pipeline wants a composite')
  const store = new CompositeStore(shops.db, 'by hand')
  const calculate = async (scope: string, asOf: number) => {
    proxy.cut()
    const bounds = { minIntervalMs: 0, historyLimit: 1, rules: UNNOTED }
    if (seenFence > 0)
      await store.store({ scope, fence: seenFence, asOf: asOf - 2_000_000, result: scored('1') }, bounds)
    return scored('76.5')
  }
  const { settings, historyLimit } = wanted
  const bounds = { minIntervalMs: settings.minIntervalMs, historyLimit, rules: UNNOTED }
  const gate = new CompositeGate(redis, 'shops')
  const stored = await storeComposite({ gate, store, settings, bounds, calculate }, 'pipeline')
  expect(stored).toMatchObject(outcome)
  const { rows } = await shops.db.query('select fence::int, value::text from mp_composite')
  expect(rows).toEqual([stands])
})
