import { expect, test } from 'vitest'
import { backoffMs } from '../../../../core/time/backoff.ts'

test.each([
  ['the first retry waits for at least half of the first delay', 1, 0, 50],
  ['and for all of it at most', 1, 0.999_999, 100],
  ['each further one waits twice as long', 4, 0, 400],
  ['until the limit', 20, 0, 5_000],
  ['which is never exceeded', 1_000, 0.999_999, 10_000],
])('%s', (_sentence, attempt, random, ms) => {
  expect(backoffMs(attempt, random)).toBe(ms)
})

test('both ends may be set', () => {
  expect(backoffMs(1, 0, { firstMs: 10, maxMs: 40 })).toBe(5)
  expect(backoffMs(9, 0, { firstMs: 10, maxMs: 40 })).toBe(20)
})
