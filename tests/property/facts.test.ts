import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../core/events/parse-event.ts'
import { reduceFacts } from '../../core/events/reduce-facts.ts'
import { createMetricSet } from '../../core/metric-sets/metric-set.ts'
import { ratedOrderHistories } from '../support/arbitrary-histories.ts'
import { RATED_ORDERS } from '../support/rated-orders.ts'

// What a batch comes to does not depend on the order in which it was read, nor on where one batch ends and the next begins.

const set = createMetricSet(RATED_ORDERS, { windows: [2, 7], alignment: 'UtcDay' })

const histories = ratedOrderHistories(set, Date.UTC(2026, 10, 23, 15) * 1_000)

/** Sorted, so that it can be compared. */
function left(facts: readonly Fact[]): readonly Fact[] {
  const kept = [...reduceFacts(facts).byType.values()].flat()
  return kept.toSorted((a, b) => (`${a.type.name} ${a.id}` < `${b.type.name} ${b.id}` ? -1 : 1))
}

describe('reducing facts', () => {
  test('keeps of each id the highest version, one time', () => {
    fc.assert(
      fc.property(histories, (facts) => {
        const kept = left(facts)
        expect(new Set(kept.map(({ type, id }) => `${type.name} ${id}`)).size).toBe(kept.length)
        for (const fact of facts) {
          const [winner] = kept.filter(({ type, id }) => type === fact.type && id === fact.id)
          expect([winner?.version, BigInt(winner?.hash ?? 0)]).toSatisfy(
            ([version, hash]) => version > fact.version || (version === fact.version && hash >= BigInt(fact.hash)),
          )
        }
      }),
    )
  })

  test('comes to the same in any order', () => {
    const shuffled = histories.chain((facts) =>
      fc.tuple(fc.constant(facts), fc.shuffledSubarray([...facts], { minLength: facts.length })),
    )
    fc.assert(
      fc.property(shuffled, ([facts, others]) => {
        expect(left(others)).toEqual(left(facts))
      }),
    )
  })

  test('comes to the same in parts, and done twice', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 30 }), (facts, cut) => {
        expect(left([...left(facts.slice(0, cut)), ...left(facts.slice(cut))])).toEqual(left(facts))
        expect(left([...facts, ...facts])).toEqual(left(facts))
      }),
    )
  })

  test('counts every fact that it leaves out', () => {
    fc.assert(
      fc.property(histories, (facts) => {
        const { duplicates, stale } = reduceFacts(facts)
        expect(left(facts).length + duplicates + stale).toBe(facts.length)
        expect(reduceFacts([...facts, ...left(facts)]).duplicates).toBe(duplicates + left(facts).length)
      }),
    )
  })
})
