import type { ScoredSet, SetAccumulator } from '../metric-sets/metric-set.ts'
import { compileTotals, type Totals } from '../metrics/accumulate.ts'
import type { EntityFact } from '../metrics/entity-fact.ts'
import type { EntityRow } from '../metrics/evaluate-entity.ts'
import type { Instant } from '../time/instant.ts'
import { isInWindow } from '../time/window.ts'
import type { CompositeResult } from './composite-result.ts'
import { type GroupScope, groupOf } from './composite-scopes.ts'
import { accumulatorsOf, scoreComposite } from './score-composite.ts'

/** An entity as a composite sees it. */
export interface ScoredEntity {
  /** Its live facts, the profile among them. */
  readonly facts: readonly EntityFact[]
  /** As it is stored; undefined where it has none yet. */
  readonly row: EntityRow | undefined
}

/**
 * One scope's score from the entities themselves: the meaning of a composite, in the plainest form. The generated SQL is tested against it.
 */
export function evaluateComposite(
  set: ScoredSet,
  scope: string,
  entities: readonly ScoredEntity[],
  asOf: Instant,
  weights: Readonly<Record<string, number>> = {},
): CompositeResult {
  const { composite } = set
  const group = groupOf(composite, scope)
  const counted = entities.filter(({ facts }) => group === undefined || isIn(group, facts))
  const totals = composite.over === 'Facts' ? totalsOfFacts(set, counted, asOf) : totalsOfRows(set, counted)
  return scoreComposite(composite, weights, totals)
}

function isIn({ group, value }: GroupScope, facts: readonly EntityFact[]): boolean {
  return facts.some(({ type, values }) => type === group.event && String(values[group.field.index]) === value)
}

function totalsOfFacts({ composite, alignment }: ScoredSet, entities: readonly ScoredEntity[], asOf: Instant): Totals {
  const inside = entities
    .flatMap(({ facts }) => facts)
    .filter(({ at }) => at !== null && isInWindow(at, asOf, composite.window, alignment))
  return compileTotals(accumulatorsOf(composite))(inside)
}

function totalsOfRows({ composite, accumulators }: ScoredSet, entities: readonly ScoredEntity[]): Totals {
  const windows = entities.flatMap(({ row }) => row?.windows.filter(({ days }) => days === composite.window) ?? [])
  const total = (accumulator: SetAccumulator) =>
    windows.reduce((sum, window) => sum + (window.accumulators[accumulators.indexOf(accumulator)] ?? 0n), 0n)
  return new Map(accumulatorsOf(composite).map((accumulator) => [accumulator, total(accumulator)]))
}
