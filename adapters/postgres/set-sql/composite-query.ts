import { accumulatorsOf } from '../../../core/composite/score-composite.ts'
import type { EventType, ScoredSet, SetGroup } from '../../../core/metric-sets/metric-set.ts'
import { accumulateSql, factPlace } from './fact-place.ts'
import { factSource } from './fact-source.ts'
import { identifier, rowTable, windowColumn } from './identifiers.ts'

/**
 * What a composite's accumulators come to over all entities, or over those of a group: one row of texts, named as the accumulators' columns.
 * One pass over each event type's facts, or one over the stored rows; integers only.
 *
 * Over facts: $1 the window's start, $2 its end (exclusive); then, for a group, the value that its entities have. Over rows: that alone.
 */
export function compositeQuery(set: ScoredSet, group: SetGroup | undefined): string {
  return set.composite.over === 'Facts' ? overFacts(set, group) : overRows(set, group)
}

function overFacts(set: ScoredSet, group: SetGroup | undefined): string {
  const accumulators = accumulatorsOf(set.composite)
  const byType = Map.groupBy(accumulators, ({ event }) => event)
  const parts = [...byType].map(([type, own]) => {
    const columns = own.map((each) => `${accumulateSql(each)} as ${identifier(each.column)}`)
    return `(select ${columns.join(', ')} ${factsInside(type, group)}) ${identifier(`of_${type.name}`)}`
  })
  return `select ${accumulators.map(({ column }) => textSql(identifier(column), column)).join(', ')} from ${parts.join(' cross join ')}`
}

function factsInside(type: EventType, group: SetGroup | undefined): string {
  const { from, key, at } = factPlace(type)
  const conditions = [`${at} >= $1::timestamptz`, `${at} < $2::timestamptz`, `${key} is not null`]
  return `from ${from} where ${[...conditions, ...inGroup(key, group, 3)].join(' and ')}`
}

function overRows(set: ScoredSet, group: SetGroup | undefined): string {
  const columns = accumulatorsOf(set.composite).map(({ column }) =>
    textSql(`sum(${identifier(windowColumn(column, set.composite.window))})`, column),
  )
  const conditions = inGroup('r.entity', group, 1)
  return `select ${columns.join(', ')} from ${identifier(rowTable(set))} r${conditions.length === 0 ? '' : ` where ${conditions.join()}`}`
}

/** Integers of any size, which no number of JavaScript holds. */
function textSql(sum: string, column: string): string {
  return `coalesce(${sum}, 0)::text as ${identifier(column)}`
}

function inGroup(key: string, group: SetGroup | undefined, parameter: number): readonly string[] {
  if (group === undefined) return []
  const value = group.field.type === 'boolean' ? `$${parameter}::boolean` : `$${parameter}::text`
  const profiles = `select p.entity from ${factSource(group.event)} p where p.${identifier(group.field.column)} = ${value}`
  return [`${key} in (${profiles})`]
}
