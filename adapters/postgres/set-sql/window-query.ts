import type { EventType, MetricSet, SetAccumulator } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { accumulatorColumnType } from './column-types.ts'
import { conditionSql } from './condition-sql.ts'
import { factSource } from './fact-source.ts'
import { metricSql } from './formula-sql.ts'
import { factColumn, identifier, literal, windowColumn } from './identifiers.ts'
import { flagCountSql, flagsSql, tierSql } from './tier-sql.ts'

/**
 * For whom rows are computed, and as of when. The same aggregates serve all three, which is why stream, batch and parity agree.
 *
 * - `entities`: a list of keys, one as-of for all (the stream).
 * - `range`: a range of keys, one as-of for all (the batch).
 * - `rows`: entities each with an as-of of its own (parity).
 */
export interface Scope {
  /** A relation called `scope` with a column `entity` (and, for `rows`, `as_of` and the windows' starts). */
  readonly relation: string
  /** Joins `scope` into an event type's facts, or narrows the facts to the scope by the given key column. */
  readonly restrict: (keyColumn: string) => { readonly join: string; readonly where: string }
  readonly asOf: string
  readonly windowStart: (days: WindowDays) => string
}

/**
 * The rows of one scope: `entity`, `facts`, `next_change_at`, then per window the accumulators, metrics, `flags` and `tier`.
 * One pass over each event type's facts, FILTER per window, integers only; every quotient is rounded once at the end.
 */
export function windowQuery(set: MetricSet, scope: Scope): string {
  const types = set.events.filter((type) => type.ignore === undefined && hasEntity(type))
  const parts = types.map((type) => `${identifier(partName(type))} as (${aggregateFacts(set, type, scope)})`)
  const relations = [
    `scope as (${scope.relation})`,
    ...parts,
    `counted as (${joinParts(set, types)})`,
    `measured as materialized (${measure(set)})`,
    ...(set.tiers === undefined ? [] : [`flagged as materialized (${flag(set)})`]),
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

function partName(type: EventType): string {
  return `of_${type.name}`
}

function aggregateFacts(set: MetricSet, type: EventType, scope: Scope): string {
  const key = type.entity === undefined ? 'r."entity"' : 'f."entity"'
  const from =
    type.reference === undefined
      ? `${factSource(type)} f`
      : `${factSource(type.reference.event)} r join ${factSource(type)} f on f."reference" = r."id"`
  const { join, where } = scope.restrict(key)
  const at = placement(type)
  const bounded = at === undefined ? '' : ` and ${at} >= ${scope.windowStart(longest(set))}`
  return `select ${[`${key} as entity`, ...aggregates(set, type, scope, at)].join(', ')} from ${from} ${join} where ${where}${bounded} group by 1`
}

function placement(type: EventType): string | undefined {
  if (type.at === undefined) return undefined
  if (type.at.through === 'own') return 'f."at"'
  return `r.${identifier(factColumn(type.reference?.event as EventType, type.at.field))}`
}

function aggregates(set: MetricSet, type: EventType, scope: Scope, at: string | undefined): readonly string[] {
  if (at === undefined) return ['count(*) as facts', 'null::timestamptz as next_change_at']
  const inWindow = (days: WindowDays) =>
    days === longest(set) ? `${at} < ${scope.asOf}` : `${at} >= ${scope.windowStart(days)} and ${at} < ${scope.asOf}`
  const changes = [
    ...set.windows.map((days) => leaves(set, days, `min(${at}) filter (where ${inWindow(days)})`)),
    `min(${at}) filter (where ${at} >= ${scope.asOf}) + interval '1 microsecond'`,
  ]
  const own = set.accumulators.filter((accumulator) => accumulator.event === type)
  return [
    'count(*) as facts',
    `least(${changes.join(', ')}) as next_change_at`,
    ...set.windows.flatMap((days) =>
      own.map((each) => `${accumulate(each, inWindow(days))} as ${identifier(windowColumn(each.column, days))}`),
    ),
  ]
}

/** `leavesWindowAt` of core in SQL. */
function leaves(set: MetricSet, days: WindowDays, at: string): string {
  if (set.alignment === 'UtcDay') return `date_trunc('day', ${at}, 'UTC') + interval '${(days + 1) * 24} hours'`
  return `${at} + interval '${days * 24} hours 1 microsecond'`
}

function accumulate({ event, sum, where }: SetAccumulator, inWindow: string): string {
  const condition = where === undefined ? inWindow : `${inWindow} and ${conditionSql(where, event)}`
  const aggregate = sum === undefined ? 'count(*)' : `sum(f.${identifier(factColumn(event, sum))})`
  return `${aggregate} filter (where ${condition})`
}

function joinParts(set: MetricSet, types: readonly EventType[]): string {
  const names = types.map((type) => identifier(partName(type)))
  const facts = names.map((name) => `coalesce(${name}.facts, 0)`).join(' + ')
  const next = names.map((name) => `${name}.next_change_at`).join(', ')
  const accumulators = set.windows.flatMap((days) =>
    set.accumulators.map((each) => {
      const column = identifier(windowColumn(each.column, days))
      return `coalesce(${identifier(partName(each.event))}.${column}, 0)::${accumulatorColumnType(each)} as ${column}`
    }),
  )
  const joins = names.map((name) => `left join ${name} on ${name}.entity = scope.entity`)
  return `select ${['scope.entity', `${facts} as facts`, `least(${next}) as next_change_at`, ...accumulators].join(', ')} from scope ${joins.join(' ')}`
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

function longest(set: MetricSet): WindowDays {
  return Math.max(...set.windows)
}

/** Which rule set and version judged a row: `Default@1`. */
export function tierRulesLabel(set: MetricSet): string {
  return set.tiers === undefined ? 'null' : literal(`${set.tiers.name}@${set.tiers.version}`)
}
