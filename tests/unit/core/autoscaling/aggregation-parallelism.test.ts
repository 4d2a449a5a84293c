import { expect, test } from 'vitest'
import { aggregationParallelism } from '../../../../core/autoscaling/aggregation-parallelism.ts'

test.each([
  ['no entities yet', 4, 0, 1],
  ['few entities: one shard after the other', 4, 5_000, 1],
  ['what one aggregator does in ten seconds', 4, 400_000, 1],
  ['one entity more', 4, 400_001, 2],
  ['a million', 4, 1_000_000, 3],
  ['never more than there are shards', 4, 100_000_000, 4],
  ['entities that nobody has counted', 4, null, 4],
])('%s', (_sentence, shards, entities, expected) => {
  expect(aggregationParallelism(shards, entities)).toBe(expected)
})
