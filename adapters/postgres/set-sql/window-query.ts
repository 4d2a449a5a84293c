import type { EventType, MetricSet } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { accumulatorColumnType } from './column-types.ts'
import { factsByGroup } from './facts-by-group.ts'
import { factsByRing, liesInRings } from './facts-by-ring.ts'
import { metricSql } from './formula-sql.ts'
import { identifier, literal, windowColumn } from './identifiers.ts'
import type { FactPart, Scope } from './scopes.ts'
import { flagCountSql, flagsSql, tierSql } from './tier-sql.ts'

/** Keeps the planner from writing out what a column stands for wherever it is named; a materialized relation would copy each row as well. */
const EACH_ONCE = 'offset 0'

/**
 * The rows of one scope: `entity`, `facts`, `next_change_at`, then per window the accumulators, metrics, `flags` and `tier`.
 * One pass over each event type's facts, integers only; every quotient is rounded once at the end.
 */
export function windowQuery(set: MetricSet, scope: Scope): string {
  const parts = set.events
    .filter((type) => type.ignore === undefined && hasEntity(type))
    .map((type) => part(set, type, scope))
  const relations = [
    `scope as materialized (${scope.relation})`, // its windows' starts are computed once for an entity, not for each fact
    ...parts.flatMap(({ relation }) => relation ?? []),
    `counted as (${joinParts(set, parts)} ${EACH_ONCE})`,
    `measured as (${measure(set)} ${EACH_ONCE})`,
    ...(set.tiers === undefined ? [] : [`flagged as (${flag(set)} ${EACH_ONCE})`]),
  ]
  const columns = rowColumns(set).map(identifier).join(', ')
  return `with ${relations.join(',\n')}\nselect ${columns} from (${judge(set)}) judged`
}

/** The computed columns of a row, in the order of the tables. */
export function rowColumns(set: MetricSet): readonly string[] {
  return ['entity', 'facts', 'next_change_at', ...set.windows.flatMap((days) => windowColumns(set, days))]
}

export function windowColumns(set: MetricSet, days: WindowDays): readonly string[] {
  return [
    ...set.accumulators.map((accumulator) => windowColumn(accumulator.column, days)),
    ...set.metrics.map((metric) => windowColumn(metric.column, days)),
    ...(set.tiers === undefined ? [] : [windowColumn('flags', days), windowColumn('tier', days)]),
  ]
}

function hasEntity(type: EventType): boolean {
  return type.entity !== undefined || type.reference !== undefined
}

function part(set: MetricSet, type: EventType, scope: Scope): FactPart {
  return liesInRings(type) ? factsByRing(set, type, scope) : factsByGroup(set, type, scope)
}

function joinParts(set: MetricSet, parts: readonly FactPart[]): string {
  const accumulators = set.windows.flatMap((days) =>
    set.accumulators.map((each) => {
      const sums = parts.flatMap((one) => (one.type === each.event ? [one.accumulated(each, days)] : []))
      return `(${sums.join('')})::${accumulatorColumnType(each)} as ${identifier(windowColumn(each.column, days))}`
    }),
  )
  const facts = parts.map((one) => one.facts).join(' + ')
  const next = parts.map((one) => one.nextChange).join(', ')
  const columns = ['scope.entity', `${facts} as facts`, `least(${next}) as next_change_at`, ...accumulators]
  return `select ${columns.join(', ')} from scope ${parts.map((one) => one.join).join(' ')}`
}

function measure(set: MetricSet): string {
  const metrics = set.windows.flatMap((days) =>
    set.metrics.map((metric) => `${metricSql(metric, days)} as ${identifier(windowColumn(metric.column, days))}`),
  )
  return `select ${['counted.*', ...metrics].join(', ')} from counted`
}

function flag(set: MetricSet): string {
  const { tiers } = set
  if (tiers === undefined) throw new Error('only a set with tier rules has flags')
  const flags = set.windows.flatMap((days) => [
    `${flagsSql(tiers, days)} as ${identifier(windowColumn('flags', days))}`,
    `${flagCountSql(tiers, days, 'green')} as ${identifier(flagCount('green', days))}`,
    `${flagCountSql(tiers, days, 'red')} as ${identifier(flagCount('red', days))}`,
  ])
  return `select ${['measured.*', ...flags].join(', ')} from measured`
}

function judge(set: MetricSet): string {
  const { tiers } = set
  if (tiers === undefined) return 'select * from measured'
  const tier = set.windows.map((days) => {
    const [green, red] = [identifier(flagCount('green', days)), identifier(flagCount('red', days))]
    return `${tierSql(set, tiers, days, green, red)} as ${identifier(windowColumn('tier', days))}`
  })
  return `select ${['flagged.*', ...tier].join(', ')} from flagged`
}

/** No metric can be called so: names begin with a letter. */
function flagCount(colour: 'green' | 'red', days: WindowDays): string {
  return `#${colour}_${windowLabel(days)}`
}

/** Which rule set and version judged a row: `Default@1`. */
export function tierRulesLabel(set: MetricSet): string {
  return set.tiers === undefined ? 'null' : literal(`${set.tiers.name}@${set.tiers.version}`)
}
