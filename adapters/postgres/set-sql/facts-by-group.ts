import type { EventType, MetricSet } from '../../../core/metric-sets/metric-set.ts'
import type { WindowDays } from '../../../core/time/window.ts'
import { accumulateSql, entersWindowSql, factPlace, leavesWindowSql, type Place } from './fact-place.ts'
import { identifier, windowColumn } from './identifiers.ts'
import type { FactPart, Scope } from './scopes.ts'

/**
 * The facts of a whole scope at once, grouped by entity, each window with a FILTER of its own. For facts that no index of ours leads to by
 * entity and time: an existing table without one is read once for a batch, not once for each of its entities.
 */
export function factsByGroup(set: MetricSet, type: EventType, scope: Scope): FactPart {
  const name = identifier(`of_${type.name}`)
  const place = factPlace(type)
  const { join, where } = scope.restrict(place.key)
  const longest = Math.max(...set.windows)
  const bounded = place.at === undefined ? '' : ` and ${place.at} >= ${scope.windowStart(longest)}`
  const columns = [`${place.key} as entity`, 'count(*) as facts', ...windowed(set, type, scope, place)].join(', ')
  return {
    type,
    relation: `${name} as (select ${columns} from ${place.from} ${join} where ${where}${bounded} group by 1)`,
    join: `left join ${name} on ${name}.entity = scope.entity`,
    facts: `coalesce(${name}.facts, 0)`,
    nextChange: place.at === undefined ? 'null::timestamptz' : `${name}.next_change_at`,
    accumulated: (accumulator, days) => `coalesce(${name}.${identifier(windowColumn(accumulator.column, days))}, 0)`,
  }
}

function windowed(set: MetricSet, type: EventType, scope: Scope, { at }: Place): readonly string[] {
  if (at === undefined) return []
  const longest = Math.max(...set.windows)
  const inWindow = (days: WindowDays) =>
    days === longest ? `${at} < ${scope.asOf}` : `${at} >= ${scope.windowStart(days)} and ${at} < ${scope.asOf}`
  const changes = [
    ...set.windows.map((days) => leavesWindowSql(set, days, `min(${at}) filter (where ${inWindow(days)})`)),
    entersWindowSql(`min(${at}) filter (where ${at} >= ${scope.asOf})`),
  ]
  const own = set.accumulators.filter(({ event }) => event === type)
  return [
    `least(${changes.join(', ')}) as next_change_at`,
    ...set.windows.flatMap((days) =>
      own.map((each) => `${accumulateSql(each, inWindow(days))} as ${identifier(windowColumn(each.column, days))}`),
    ),
  ]
}
