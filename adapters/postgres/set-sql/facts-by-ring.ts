import type { EventType, MetricSet, SetAccumulator } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { accumulateSql, entersWindowSql, factPlace, leavesWindowSql, type Place } from './fact-place.ts'
import { identifier } from './identifiers.ts'
import type { FactPart, Scope } from './scopes.ts'

/** The facts of one entity between the starts of two neighbouring windows. */
interface Ring {
  readonly name: string
  readonly from: string
  /** Exclusive. The newest has no end. */
  readonly to: string | undefined
}

/**
 * One entity's facts, ring by ring: a window is the sum of the rings inside it, so each fact is looked at once and needs no test of where it
 * lies, for the index of entity and time leads to every ring. The newest also has what lies ahead of as-of, in no window yet: there is
 * seldom any, and to look for it apart would take as long as to look into a ring.
 */
export function factsByRing(set: MetricSet, type: EventType, scope: Scope): FactPart {
  const own = set.accumulators.filter(({ event }) => event === type)
  const rings = ringsOf(set, type, scope)
  const inside = (days: WindowDays) => rings.slice(0, set.windows.indexOf(days) + 1)
  const first = (days: WindowDays) => inside(days).map(({ name }) => `${name}.first`)
  const changes = [
    ...set.windows.map((days) => leavesWindowSql(set, days, `least(${first(days).join(', ')})`)), // a fact ahead comes in before it leaves
    ...rings.filter(isNewest).map(({ name }) => entersWindowSql(`${name}.ahead`)),
  ]
  return {
    type,
    join: rings.map((ring) => lateral(ring, own, factPlace(type), scope)).join(' '),
    facts: rings.map(({ name }) => `${name}.facts`).join(' + '),
    nextChange: `least(${changes.join(', ')})`,
    accumulated: ({ column }, days) =>
      inside(days)
        .map(({ name }) => `coalesce(${name}.${identifier(column)}, 0)`)
        .join(' + '),
  }
}

/** Whether an index of ours leads to an entity's facts in order of time: its own, or that of the facts which these refer to. */
export function liesInRings(type: EventType): boolean {
  const { key, at } = factPlace(type)
  const isOurs = type.table === undefined && type.reference?.event.table === undefined
  return isOurs && ((key === 'f."entity"' && at === 'f."at"') || (key === 'r."entity"' && at === 'r."at"'))
}

/** From the newest to the oldest. */
function ringsOf(set: MetricSet, type: EventType, scope: Scope): readonly Ring[] {
  return set.windows.map((days, i) => {
    const shorter = set.windows[i - 1]
    return {
      name: identifier(`${type.name}_${windowLabel(days)}`),
      from: scope.windowStart(days),
      to: shorter === undefined ? undefined : scope.windowStart(shorter),
    }
  })
}

function isNewest({ to }: Ring): boolean {
  return to === undefined
}

function lateral(ring: Ring, accumulators: readonly SetAccumulator[], { from, key, at }: Place, scope: Scope): string {
  const isPast = isNewest(ring) ? `${at} < ${scope.asOf}` : undefined
  const columns = [
    'count(*) as facts',
    `min(${at}) as first`,
    ...(isNewest(ring) ? [`min(${at}) filter (where ${at} >= ${scope.asOf}) as ahead`] : []),
    ...accumulators.map((each) => `${accumulateSql(each, isPast)} as ${identifier(each.column)}`),
  ]
  const until = ring.to === undefined ? '' : ` and ${at} < ${ring.to}`
  const where = `${key} = scope.entity and ${at} >= ${ring.from}${until}`
  return `cross join lateral (select ${columns.join(', ')} from ${from} where ${where}) ${ring.name}`
}
