import { expect, test } from 'vitest'
import { followClimb, notBackTooSoon } from '../../../../core/autoscaling/climb.ts'

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

test.each([
  ['a load that goes on rising is the one that was too much', 4, 5.1, 5.1],
  ['one that falls was no less for that', 4, 2.9, 3.2],
  ['what is not known changes nothing', 4, undefined, 3.2],
  ['who is back at three has it behind them', 3, 5.1, 3.2],
])('%s', (_sentence, workers, demand, expected) => {
  expect(followClimb(CLIMB, workers, demand)).toEqual({ from: 3, demand: expected })
})

test('workers who were slow for a while, and are no longer, are not too few for what they did before', () => {
  const whileSlow = followClimb(CLIMB, 8, 9)
  expect(notBackTooSoon(3, whileSlow, 2.8, undefined)).toBe(3)
})
