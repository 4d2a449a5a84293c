import { describe, expect, test } from 'vitest'
import { learnFullMs, worthMs } from '../../../../core/load/batch-worth.ts'

const FULL_MS = 50

/** What a batch takes that costs `fixed` of a full one however few its entries. */
function taken(fill: number, fixed: number, fullMs = FULL_MS) {
  return { ms: fullMs * (fixed + (1 - fixed) * fill), fill }
}

function learnt(...batches: readonly ReturnType<typeof taken>[]): number | undefined {
  return batches.reduce<number | undefined>(learnFullMs, undefined)
}

function many<T>(batch: T): readonly T[] {
  return Array.from({ length: 200 }, () => batch)
}

const FIXED_PARTS = [0.05, 0.1, 0.25]
const FILLS = [0.001, 0.01, 0.1, 0.3, 0.7, 1]

describe.each(FIXED_PARTS)('of batches that cost %d of a full one however few their entries', (fixed) => {
  test.each(FILLS)('one that is filled to %d counts for that part of a full one, once one was seen', (fill) => {
    const worth = worthMs(taken(fill, fixed), learnt(taken(1, fixed)))
    expect(worth / (fill * FULL_MS)).toBeGreaterThan(0.9)
    expect(worth / (fill * FULL_MS)).toBeLessThan(1.1)
  })

  test.each(FILLS)('one that is filled to %d counts for about that before', (fill) => {
    const worth = worthMs(taken(fill, fixed), undefined)
    expect(worth / (fill * FULL_MS)).toBeGreaterThan(0.5)
    expect(worth / (fill * FULL_MS)).toBeLessThan(2.6)
  })
})

test('a full batch counts for all of its time', () => {
  expect(worthMs({ ms: 80, fill: 1 }, FULL_MS)).toBe(80)
})

test('no batch counts for more than its time', () => {
  expect(worthMs({ ms: 10, fill: 0.4 }, FULL_MS)).toBe(10)
})

test('what a small batch takes beyond a second counts in full', () => {
  expect(worthMs({ ms: 61_000, fill: 0.001 }, FULL_MS)).toBeCloseTo(60_000, -1)
})

test.each<[sentence: string, batches: readonly ReturnType<typeof taken>[], fullMs: number | undefined]>([
  ['unknown while there were small ones only', [taken(0.1, 0.1), taken(0.4, 0.1)], undefined],
  ['that of the first one', [taken(1, 0.1)], 50],
  ['told by one that is filled by half as well', [taken(0.5, 0.1)], 50],
  ['hardly another after one that was slow', [taken(1, 0.1), taken(1, 0.1, 90)], 52],
  ['another after many', [taken(1, 0.1), ...many(taken(1, 0.1, 90))], 90],
  ['hardly less after one that was quicker', [taken(1, 0.1), taken(1, 0.1, 20)], 49],
  ['no more, in time, than small ones leave room for', [taken(1, 0.1, 150), ...many(taken(0.05, 0.1))], 92],
  ['left alone by small ones that leave room for it', [taken(1, 0.1), ...many(taken(0.05, 0.1))], 50],
])('what a full batch takes is %s', (_sentence, batches, fullMs) => {
  const known = learnt(...batches)
  expect(known === undefined ? undefined : Math.round(known)).toBe(fullMs)
})
