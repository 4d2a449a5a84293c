import type { EventType, MetricSet, SetAccumulator } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { accumulateSql, entersWindowSql, factPlace, leavesWindowSql, type Place } from './fact-place.ts'
import { identifier } from './identifiers.ts'
import type { FactPart, Scope } from './scopes.ts'

/** The facts of one entity between the starts of two neighbouring windows, or ahead of all of them. */
interface Ring {
  readonly name: string
  readonly from: string
  /** Exclusive; none ahead. */
  readonly to: string | undefined
}

/**
 * One entity's facts, ring by ring: a window is the sum of the rings inside it, so each fact is looked at once and needs no test of where it
 * lies, for the index of entity and time leads to every ring.
 */
export function factsByRing(set: MetricSet, type: EventType, scope: Scope): FactPart {
  const place = factPlace(type)
  const own = set.accumulators.filter(({ event }) => event === type)
  const all = ringsOf(set, type, scope)
  const inside = (days: WindowDays) => all.slice(0, set.windows.indexOf(days) + 1)
  const ahead = all.slice(set.windows.length)
  const first = (rings: readonly Ring[]) => `least(${rings.map(({ name }) => `${name}.first`).join(', ')})`
  const changes = [
    ...set.windows.map((days) => leavesWindowSql(set, days, first(inside(days)))),
    ...ahead.map(({ name }) => entersWindowSql(`${name}.first`)),
  ]
  return {
    type,
    join: all.map((ring) => lateral(ring, own, place)).join(' '),
    facts: all.map(({ name }) => `${name}.facts`).join(' + '),
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

/** From the newest to the oldest, then those ahead. */
function ringsOf(set: MetricSet, type: EventType, scope: Scope): readonly Ring[] {
  const name = (label: string) => identifier(`${type.name}_${label}`)
  return [
    ...set.windows.map((days, i) => {
      const shorter = set.windows[i - 1]
      const to = shorter === undefined ? scope.asOf : scope.windowStart(shorter)
      return { name: name(windowLabel(days)), from: scope.windowStart(days), to }
    }),
    { name: name('ahead'), from: scope.asOf, to: undefined },
  ]
}

function lateral({ name, from, to }: Ring, accumulators: readonly SetAccumulator[], place: Place): string {
  const columns = [
    'count(*) as facts',
    `min(${place.at}) as first`,
    ...accumulators.map((each) => `${accumulateSql(each)} as ${identifier(each.column)}`),
  ]
  const until = to === undefined ? '' : ` and ${place.at} < ${to}`
  const where = `${place.key} = scope.entity and ${place.at} >= ${from}${until}`
  return `cross join lateral (select ${columns.join(', ')} from ${place.from} where ${where}) ${name}`
}
