import { expect, test } from 'vitest'
import { hasSettled, learnStart, startsInMs } from '../../../../core/autoscaling/start-up.ts'

const STARTING = { startMs: 10_000, startingSinceMs: 50_000 }

test.each([
  ['until all are ready nothing is learnt', STARTING, false, 58_000, STARTING],
  [
    'half of what was thought, half of what was seen',
    STARTING,
    true,
    54_000,
    { startMs: 7_000, startingSinceMs: null },
  ],
  ['two minutes at most', STARTING, true, 999_000, { startMs: 65_000, startingSinceMs: null }],
  [
    'nobody starts',
    { startMs: 10_000, startingSinceMs: null },
    true,
    54_000,
    { startMs: 10_000, startingSinceMs: null },
  ],
])('%s', (_sentence, known, allReady, now, expected) => {
  expect(learnStart(known, allReady, now)).toEqual(expected)
})

test.each([
  ['whoever is asked for now takes the whole time', { ...STARTING, startingSinceMs: null }, 54_000, 10_000],
  ['whoever was asked for takes what is left of it', STARTING, 54_000, 6_000],
  ['and is about to come when it is over', STARTING, 70_000, 0],
])('%s', (_sentence, known, now, expected) => {
  expect(startsInMs(known, now)).toBe(expected)
})

test.each([
  ['nothing was asked for', null, true],
  ['workers have had time to start, but not to show anything', 41_000, false],
  ['they have', 30_000, true],
  ['a clock went back', 90_000, true],
])('%s', (_sentence, lastScaleAtMs, expected) => {
  expect(hasSettled({ ...STARTING, lastScaleAtMs }, 50_000)).toBe(expected)
})
