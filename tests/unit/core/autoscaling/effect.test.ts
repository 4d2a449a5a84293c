import { expect, test } from 'vitest'
import { type Effect, type EffectLook, isUnproven, judgeEffect, tryOut } from '../../../../core/autoscaling/effect.ts'

const STEP = { from: 2, to: 4, wanted: 4, beforePerSecond: 2_000, arrivalsPerSecond: 5_000 }
const NONE: Effect = { trial: null, limit: null }

const full: EffectLook = {
  workers: 4,
  ready: 4,
  entriesDone: 0,
  completionsPerSecond: 2_000,
  arrivalsPerSecond: 5_000,
  isFull: true,
}

/** A look every five seconds, with so many done in each second. */
function judged(perSecond: number, seconds: number, change: Partial<EffectLook> = {}) {
  let effect = tryOut(NONE, STEP)
  let measured: number | undefined
  for (let second = 0; second <= seconds; second += 5) {
    const judgement = judgeEffect(effect, { ...full, entriesDone: perSecond * second, ...change }, second * 1_000)
    effect = judgement.effect
    measured ??= judgement.perSecond
  }
  return { effect, measured }
}

test.each([
  ['twice the workers that do as much as before are a limit', 2_000, 15, {}, { limit: true, trial: false }],
  ['a tenth of what was promised is enough', 2_200, 15, {}, { limit: false, trial: false }],
  ['a little less is not', 2_190, 15, {}, { limit: true, trial: false }],
  ['before fifteen seconds nobody knows', 2_000, 10, {}, { limit: false, trial: true }],
  ['before all are ready nobody knows', 2_000, 15, { ready: 3 }, { limit: false, trial: true }],
  ['workers that have time to spare tell nothing', 2_000, 15, { isFull: false }, { limit: false, trial: true }],
  ['and were enough when that has been so for a minute', 2_000, 60, { isFull: false }, { limit: false, trial: false }],
  ['another number of workers is another matter', 2_000, 15, { workers: 3 }, { limit: false, trial: false }],
  ['a count that is not known tells nothing', 2_000, 15, { entriesDone: null }, { limit: false, trial: true }],
])('%s', (_sentence, perSecond, seconds, change, expected) => {
  const { effect } = judged(perSecond, seconds, change)
  expect({ limit: effect.limit !== null, trial: effect.trial !== null }).toEqual(expected)
})

test('what full workers get done is measured once it is judged', () => {
  expect(judged(3_000, 10).measured).toBeUndefined()
  expect(judged(3_000, 15).measured).toBe(3_000)
})

test('workers that start anew while they are measured are measured anew', () => {
  const { effect } = judged(2_000, 10)
  const again = judgeEffect(effect, { ...full, entriesDone: 19_990 }, 15_000)
  expect(again).toMatchObject({ effect: { limit: null, trial: { since: { full: { atMs: 15_000, done: 19_990 } } } } })
})

test.each([
  ['it stays while the load is the same', {}, true],
  ['a quarter more comes in', { arrivalsPerSecond: 6_300 }, false],
  ['a quarter less comes in', { arrivalsPerSecond: 3_700 }, false],
  ['nothing waits any more', { isFull: false }, false],
  ['a quarter more is done', { completionsPerSecond: 2_600 }, false],
  ['the workers that it was found with are gone', { workers: 2, ready: 2 }, false],
])('a limit: %s', (_sentence, change, expected) => {
  const { effect } = judged(2_000, 15)
  expect(judgeEffect(effect, { ...full, ...change }, 20_000).effect.limit !== null).toBe(expected)
})

test.each([
  ['the same load asks for more than before', 5, 5_000, true],
  ['the step went as far as one step goes, and the load asked for more from the first', 4, 5_000, false],
  ['more comes in than then', 5, 5_600, false],
])('a step that is not judged yet: %s', (_sentence, wanted, arrivals, expected) => {
  expect(isUnproven(tryOut(NONE, STEP), wanted, arrivals)).toBe(expected)
})

test('steps that follow each other are judged as one', () => {
  const twice = tryOut(tryOut(NONE, STEP), { ...STEP, from: 4, to: 8, wanted: 8, beforePerSecond: 9_999 })
  expect(twice.trial).toMatchObject({ from: 2, to: 8, wanted: 8, beforePerSecond: 2_000 })
})
