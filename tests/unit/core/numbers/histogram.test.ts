import { describe, expect, test } from 'vitest'
import { quantileBetween } from '../../../../core/numbers/histogram.ts'

const histogram = (...counts: readonly (readonly [number, number])[]) => new Map(counts)
const none = histogram()

describe('a quantile of what a histogram gained', () => {
  const after = histogram([1, 10], [2, 90], [Number.POSITIVE_INFINITY, 100])

  test.each([
    ['the edge of a bucket', 0.1, 1],
    ['inside a bucket, by interpolation', 0.5, 1.5],
    ['the first bucket begins at nothing', 0.05, 0.5],
    ['beyond the last bound', 0.99, Number.POSITIVE_INFINITY],
  ])('%s', (_sentence, q, expected) => {
    expect(quantileBetween(none, after, q)).toBeCloseTo(expected, 10)
  })

  test('counts only what came between the two readings', () => {
    const before = histogram([1, 10], [2, 10], [Number.POSITIVE_INFINITY, 10])
    expect(quantileBetween(before, after, 0.25)).toBeCloseTo(1 + 22.5 / 80, 10)
  })

  test('nothing came: there is no quantile', () => {
    expect(quantileBetween(after, after, 0.5)).toBeUndefined()
    expect(quantileBetween(none, none, 0.5)).toBeUndefined()
  })

  test('skips empty buckets', () => {
    const sparse = histogram([1, 0], [2, 0], [4, 10], [Number.POSITIVE_INFINITY, 10])
    expect(quantileBetween(none, sparse, 1)).toBe(4)
    expect(quantileBetween(none, sparse, 0.5)).toBe(3)
  })
})
