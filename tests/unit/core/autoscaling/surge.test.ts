import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { type Arrivals, countArrivals, surgeOver } from '../../../../core/autoscaling/surge.ts'
import { asked, at, NOW, streamOf } from './asked.ts'

const AVERAGE = 100

/** Looks a second apart, and what came in between. */
function looks(added: readonly number[]): readonly [Arrivals | null, Arrivals | null] {
  let total = 0
  const seen: (Arrivals | null)[] = []
  for (const [second, come] of added.entries()) {
    seen.push(countArrivals(seen.at(-1) ?? null, (total += come), `2026-01-01T00:00:0${second}Z`))
  }
  return [seen.at(-2) ?? null, seen.at(-1) ?? null]
}

test.each([
  ['as many as on average', [0, 100, 100], null],
  ['once many more: it may be chance', [0, 100, 900], null],
  ['twice many more: the lesser of the two counts', [0, 900, 800], 800],
  ['twice a little more: the average follows', [0, 140, 140], null],
  ['nothing before the third look', [0, 900], null],
])('%s', (_sentence, added, expected) => {
  expect(surgeOver(AVERAGE, ...looks(added))).toBe(expected)
})

test('of a few entries twice as many are no news', () => {
  expect(surgeOver(2, ...looks([0, 5, 5]))).toBeNull()
})

test('a counter that began anew counts nothing', () => {
  const [, before] = looks([0, 100, 100])
  expect(countArrivals(before, 7, '2026-01-01T00:00:09Z')).toMatchObject({ added: 7, perSecond: null })
  expect(countArrivals(before, null, '2026-01-01T00:00:09Z')).toBeNull()
})

test('the source is looked at every five seconds and the database in between: a step to four times as much shows at the second look after it', () => {
  let memory = EMPTY_MEMORY
  let replicas = 1
  const sinceStep: number[] = []
  const known: (number | null | undefined)[] = []
  for (let second = 0; second <= 30; second += 1) {
    const nowMs = NOW + second * 1_000
    const [sourceAt, databaseAt] = [second - (second % 5), second - ((second + 3) % 5)]
    const entriesAdded = 800 * sourceAt + 2_700 * Math.max(0, sourceAt - 10)
    const input = asked({
      nowMs,
      memory,
      fleet: { replicas, ready: replicas },
      source: { observedAt: at(NOW + sourceAt * 1_000), streams: [{ ...streamOf('orders', 0), entriesAdded }] },
      database: { observedAt: at(NOW + databaseAt * 1_000) },
      load: { arrivalsPerSecond: 800, completionsPerSecond: 800 }, // an average that has not followed yet
    })
    const decided = decideReplicas(input)
    memory = decided.memory
    known.push(decided.decision?.inputs.arrivalsPerSecond)
    if (decided.decision?.replicas !== replicas) sinceStep.push(second - 10)
    replicas = decided.decision?.replicas ?? replicas
  }
  expect({ replicas, sinceStep }).toEqual({ replicas: 5, sinceStep: [10] })
  expect(known.slice(20), 'it is as much until the source is looked at again').toEqual(Array(11).fill(3_500))
})
