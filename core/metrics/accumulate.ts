import { compileCondition } from '../metric-sets/compile-condition.ts'
import { type EventType, fieldOf, type SetAccumulator } from '../metric-sets/metric-set.ts'
import type { FindField, Values } from '../metric-sets/value.ts'
import type { EntityFact } from './entity-fact.ts'

/** What each accumulator comes to, an integer in its own scale; in the order of the set's accumulators. */
export type Totals = ReadonlyMap<SetAccumulator, bigint>

/** Compiles accumulators into one function from the facts of one entity inside one window to their totals. */
export function compileTotals(accumulators: readonly SetAccumulator[]): (facts: readonly EntityFact[]) => Totals {
  const compiled = accumulators.map((accumulator) => [accumulator, compileContribution(accumulator)] as const)
  return (facts) =>
    new Map(
      compiled.map(([accumulator, contribution]) => [
        accumulator,
        facts.reduce((sum, fact) => sum + contribution(fact), 0n),
      ]),
    )
}

/** What one fact adds; 0 where its type, a condition or an absent value keeps it out. */
type Contribution = (fact: EntityFact) => bigint

function compileContribution({ event, sum, where }: SetAccumulator): Contribution {
  const matches = where === undefined ? always : compileCondition(where, placesOf(event))
  const amount = sum === undefined ? one : (fact: EntityFact) => amountOf(fact, sum.index)
  return (fact) => (fact.type === event && matches(visibleValues(fact)) === true ? amount(fact) : 0n)
}

/** Conditions see one row of values: the fact's own, then those of the fact it refers to. */
function placesOf(type: EventType): FindField {
  return (name) => {
    const dot = name.indexOf('.')
    const target = dot === -1 ? undefined : type.reference?.event
    if (target === undefined) return placeOf(type, name, 0)
    return placeOf(target, name.slice(dot + 1), type.fields.length)
  }
}

function placeOf(type: EventType, name: string, offset: number): ReturnType<FindField> {
  const { index, scale } = fieldOf(type, name)
  return { index: offset + index, decimals: scale }
}

function visibleValues({ values, reference }: EntityFact): Values {
  return reference === null ? values : [...values, ...reference]
}

function amountOf({ values }: EntityFact, index: number): bigint {
  const value = values[index]
  return typeof value === 'number' ? BigInt(value) : 0n
}

const always = () => true

const one = () => 1n
