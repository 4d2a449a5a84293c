import { expect, test } from 'vitest'
import { CompositeStore } from '../../../adapters/postgres/composite-store.ts'
import { DatabaseObserver } from '../../../exporter/database-observer.ts'
import { scored } from '../../support/composite-loops.ts'
import { UNNOTED } from '../../support/composite-rules.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

test('a pipeline that wants no score any more shows none, though one stands', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline({ composite: {} }))
  const store = new CompositeStore(shops.db, 'worker-0')
  const bounds = { minIntervalMs: 0, historyLimit: 1, rules: UNNOTED }
  const { asOf } = await store.look('pipeline', bounds)
  await store.store({ scope: 'pipeline', fence: 1, asOf, result: scored('76.5') }, bounds)
  const { pipeline } = shops.pipeline
  const { composite: _, ...spec } = pipeline.spec
  const seenBy = async (loaded: typeof shops.pipeline) => {
    const observer = new DatabaseObserver(loaded, () => shops.databaseUrl)
    return (await observer.look().finally(() => observer.close())).composites.map(({ value }) => value)
  }
  expect(await seenBy(shops.pipeline)).toEqual(['76.5'])
  expect(await seenBy({ ...shops.pipeline, pipeline: { ...pipeline, spec } })).toEqual([])
})
