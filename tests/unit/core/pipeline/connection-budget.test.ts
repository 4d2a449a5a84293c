import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  AGGREGATION_CONNECTIONS,
  divideConnections,
  FEWEST_CONNECTIONS,
  fewestConnections,
  workerConnections,
} from '../../../../core/pipeline/connection-budget.ts'
import { replicaCeiling } from '../../../../core/pipeline/replica-ceiling.ts'
import type { PipelineSpec } from '../../../../core/pipeline/spec.ts'

type Sizes = Pick<PipelineSpec, 'database' | 'workers' | 'aggregation'>

type Scaling = Partial<PipelineSpec['workers']['scaling']>

function sizes(maxConnections: number, replicas: number, shards: number, scaling: Scaling = { mode: 'Off' }): Sizes {
  const workers = { replicas, scaling: { minReplicas: 0, maxReplicas: 8, ...scaling } }
  return { database: { maxConnections }, workers, aggregation: { shards } } as unknown as Sizes
}

test.each([
  ['one worker takes no more than it can use', sizes(40, 1, 1), 10],
  ['workers share what the aggregators leave', sizes(40, 8, 1), 4],
  ['a remainder is left unused', sizes(40, 7, 2), 4],
  ['no worker at all: the share of the one that may be woken', sizes(40, 0, 1), 10],
  ['the smallest budget gives everyone the fewest', sizes(8, 1, 1), 2],
  ['a scaled fleet: as if it were as large as it may become', sizes(40, 1, 1, { mode: 'Internal' }), 4],
  ['as far as the connections reach', sizes(12, 1, 1, { mode: 'Internal' }), 2],
  ['where another scaler writes the number too', sizes(40, 1, 1, { mode: 'External' }), 4],
  ['advice changes nothing', sizes(40, 2, 1, { mode: 'Advisory' }), 10],
  ['the number that a cluster wrote counts in any mode', sizes(40, 17, 1, { mode: 'Internal' }), 2],
])('%s', (_sentence, spec, expected) => {
  expect(workerConnections(spec)).toBe(expected)
})

test('whatever runs at once stays within the limit, and nobody is short', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 64 }),
      fc.integer({ min: 1, max: 64 }),
      fc.nat(10_000),
      (replicas, shards, more) => {
        const spec = sizes(fewestConnections(sizes(0, replicas, shards)) + more, replicas, shards)
        const worker = workerConnections(spec)
        expect(worker).toBeGreaterThanOrEqual(FEWEST_CONNECTIONS)
        const aggregation = AGGREGATION_CONNECTIONS * shards + 2 // the day roll
        expect(worker * replicas + aggregation).toBeLessThanOrEqual(spec.database.maxConnections)
      },
    ),
  )
})

test.each([
  ['a worker that holds shards keeps a connection for its leases', 10, true, { work: 9, leases: 1 }],
  ['one that has the fewest needs them for its work', FEWEST_CONNECTIONS, true, { work: 2, leases: 0 }],
  ['one on plain streams has no leases', 10, false, { work: 10, leases: 0 }],
])('%s', (_sentence, connections, isSharded, expected) => {
  expect(divideConnections(connections, isSharded)).toEqual(expected)
})

test.each([
  ['a fixed fleet may grow to eight', sizes(40, 2, 1), 8],
  ['and by one for a rollout', sizes(40, 9, 1), 10],
  ['a scaled one by one more than its most', sizes(40, 1, 1, { mode: 'Internal', maxReplicas: 12 }), 13],
  ['whatever somebody writes into replicas', sizes(100, 40, 1, { mode: 'Internal' }), 9],
  ['as far as the connections reach', sizes(20, 1, 1, { mode: 'Internal', maxReplicas: 12 }), 7],
  ['one that is scaled from elsewhere is counted on to keep to the same', sizes(40, 3, 1, { mode: 'External' }), 9],
])('a cluster divides connections for a number that lasts: %s', (_sentence, spec, expected) => {
  expect(replicaCeiling(spec)).toBe(expected)
})
