import { expect, test } from 'vitest'
import { withFixedWorkers } from '../../../cli/up/with-fixed-workers.ts'
import { workerConnections } from '../../../core/pipeline/connection-budget.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

test('workers that are asked for on the command line divide the connections among them', () => {
  const { pipeline } = withFixedWorkers(shopPipeline(), 4)
  const { maxConnections } = pipeline.spec.database
  expect(pipeline.spec.workers.replicas).toBe(4)
  expect(4 * workerConnections(pipeline.spec)).toBeLessThanOrEqual(maxConnections)
})

test('more than the connections reach for are refused', () => {
  expect(() => withFixedWorkers(shopPipeline(), 64)).toThrow(
    /^--workers 64: spec\.database\.maxConnections: \d+ is too few for 64 workers and 1 aggregation shards; write at least 134$/,
  )
})
