import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import type { Workload } from '../../../../core/autoscaling/sight.ts'
import { type Arrivals, countArrivals, withSurge } from '../../../../core/autoscaling/surge.ts'
import { asked, at, NOW, streamOf } from './asked.ts'

const AVERAGE = { arrivalsPerSecond: 100 } as Workload

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
  ['as many as on average', [0, 100, 100], 100],
  ['once many more: it may be chance', [0, 100, 900], 100],
  ['twice many more: the lesser of the two counts', [0, 900, 800], 800],
  ['twice a little more: the average follows', [0, 140, 140], 100],
  ['nothing before the third look', [0, 900], 100],
])('%s', (_sentence, added, expected) => {
  expect(withSurge(AVERAGE, ...looks(added)).arrivalsPerSecond).toBe(expected)
})

test('of a few entries twice as many are no news', () => {
  expect(withSurge({ arrivalsPerSecond: 2 } as Workload, ...looks([0, 5, 5])).arrivalsPerSecond).toBe(2)
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
    if (decided.decision?.replicas !== replicas) sinceStep.push(second - 10)
    replicas = decided.decision?.replicas ?? replicas
  }
  expect({ replicas, sinceStep }).toEqual({ replicas: 5, sinceStep: [10] })
})
