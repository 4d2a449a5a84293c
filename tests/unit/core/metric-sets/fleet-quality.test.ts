import { expect, test } from 'vitest'
import { scoreComposite } from '../../../../core/composite/score-composite.ts'
import { createMetricSet, type SetComposite } from '../../../../core/metric-sets/metric-set.ts'
import { TUTOR_PERFORMANCE } from '../../../../core/metric-sets/tutor-performance/definition.ts'

const SET = createMetricSet(TUTOR_PERFORMANCE, { windows: [7, 30, 90], alignment: 'UtcDay' })

const PERFECT = {
  sessions: 10,
  attended: 10,
  punctual: 10,
  objectives_known: 10,
  objectives_met: 10,
  ratings: 4,
  rating_sum: 20,
}

type Counts = Partial<Readonly<Record<keyof typeof PERFECT, number>>>

test.each<[string, Counts, string | null]>([
  ['everything is as it should be', {}, '100.00'],
  ['nobody came but once, too late, to no avail, and for the worst rating', worst(), '2.50'],
  ['an ordinary week', ordinary(), '82.25'],
  ['no session', { sessions: 0, attended: 0 }, null],
  ['only no-shows', { attended: 0, punctual: 0 }, null],
  ['no rating', { ratings: 0, rating_sum: 0 }, null],
  ['no objectives known', { objectives_known: 0, objectives_met: 0 }, null],
])('%s', (_sentence, change, value) => {
  const counts: Readonly<Record<string, number>> = { ...PERFECT, ...change }
  const totals = new Map(SET.accumulators.map((each) => [each, BigInt(counts[each.name] ?? 0)]))
  expect(scoreComposite(SET.composite as SetComposite, {}, totals).value).toBe(value)
})

test('it is about the shortest window, which every pipeline has', () => {
  expect(SET.composite?.window).toBe(7)
})

function worst(): Counts {
  return { attended: 1, punctual: 0, objectives_known: 1, objectives_met: 0, ratings: 1, rating_sum: 1 }
}

function ordinary(): Counts {
  return {
    sessions: 20,
    attended: 18,
    punctual: 15,
    objectives_known: 16,
    objectives_met: 12,
    ratings: 10,
    rating_sum: 43,
  }
}
