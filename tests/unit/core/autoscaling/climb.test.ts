import { expect, test } from 'vitest'
import { notBackTooSoon } from '../../../../core/autoscaling/climb.ts'

const CLIMB = { from: 3, demand: 3.2 }

test.each([
  ['three were too few for 3.2: they are for a little less', 3, CLIMB, 2.8, undefined, 4],
  ['and do for a fifth less', 3, CLIMB, 2.56, undefined, 3],
  ['fewer than three would do: so does whoever comes next', 1, CLIMB, 2.6, undefined, 4],
  ['more than three are no step back', 5, CLIMB, 3.1, undefined, 5],
  ['without a step up there is no way back', 3, null, 2.8, undefined, 3],
  ['of eight shards three are followed by four, and these by eight', 4, { from: 4, demand: 4.2 }, 3.9, 8, 8],
])('%s', (_sentence, workers, climb, demand, shards, expected) => {
  expect(notBackTooSoon(workers, climb, demand, shards)).toBe(expected)
})
