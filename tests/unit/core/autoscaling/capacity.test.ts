import { expect, test } from 'vitest'
import { learnCapacity, learnShare } from '../../../../core/autoscaling/capacity.ts'

const KNOWN = { perWorker: 1_000, proven: 1_000, share: 1 }

test('what several were seen to bring side by side counts', () => {
  expect(learnShare(KNOWN, 8, 4_000).share).toBe(0.75)
})

test('it is forgotten in time, for nothing is seen of it while they have time to spare', () => {
  const look = { measured: 1_000, completionsPerSecond: 1_000, ready: 8, elapsedMs: 2_000 }
  let known = learnShare(KNOWN, 8, 4_000)
  for (let second = 0; second < 1_200; second += 2) known = learnCapacity(known, look)
  expect(known.share).toBeGreaterThan(0.99)
})
