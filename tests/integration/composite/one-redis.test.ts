import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { gateKey } from '../../support/gate-key.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

/** After the first nothing is due for as long as anybody looks. */
const COMPOSITE = { strategy: 'Hybrid', minInterval: '1h', maxStale: '2h', eventThreshold: 1 }

test('two pipelines of one name on one Redis, each with a database of its own, are held back by nothing of each other', async () => {
  await using one = await PipelineOnServers.open(shopPipeline({ composite: COMPOSITE }))
  await using other = await PipelineOnServers.open(shopPipeline({ composite: COMPOSITE }), { redisUrl: one.redisUrl })
  for (const shops of [one, other]) {
    await shops.startWorker()
    await eventually(async () => expect(await shops.count('mp_composite_history')).toBe(1))
  }
  const gates = await Promise.all([one, other].map(({ db }) => gateKey(db)))
  expect((await one.redis.keys('{cmp:shops:*:gate')).sort()).toEqual(gates.sort())
})
