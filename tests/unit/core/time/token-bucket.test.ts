import { expect, test } from 'vitest'
import { fullBucket, takeToken } from '../../../../core/time/token-bucket.ts'

const SIZE = { perSecond: 10, burst: 3 }

/** Waits of those who come at these times. */
function waits(...timesMs: readonly number[]): number[] {
  let bucket = fullBucket(SIZE, 0)
  return timesMs.map((atMs) => {
    const taken = takeToken(bucket, SIZE, atMs)
    bucket = taken.bucket
    return Math.round(taken.waitMs)
  })
}

test.each([
  ['so many go at once', [0, 0, 0], [0, 0, 0]],
  ['those after them wait, each for its own token', [0, 0, 0, 0, 0], [0, 0, 0, 100, 200]],
  ['a token that has come in the meantime is there', [0, 0, 0, 100], [0, 0, 0, 0]],
  ['one that was promised is not promised again', [0, 0, 0, 0, 100], [0, 0, 0, 100, 100]],
  ['who waited for long finds no more than a burst', [60_000, 60_000, 60_000, 60_000], [0, 0, 0, 100]],
])('%s', (_sentence, timesMs, expected) => {
  expect(waits(...timesMs)).toEqual(expected)
})
