import type { EventType, MetricSet, SetAccumulator } from '../../../core/metric-sets/metric-set.ts'
import type { WindowDays } from '../../../core/time/window.ts'
import { conditionSql } from './condition-sql.ts'
import { factSource } from './fact-source.ts'
import { factColumn, identifier } from './identifiers.ts'

/** Where the facts of a type are, whose they are and when they happened, in SQL. `f` is the type's own relation, `r` the one it refers to. */
export interface Place {
  readonly from: string
  readonly key: string
  /** Nothing where facts of the type lie in no window. */
  readonly at: string | undefined
}

export function factPlace(type: EventType): Place {
  const { reference } = type
  if (reference === undefined) return { from: `${factSource(type)} f`, key: 'f."entity"', at: placedAt(type) }
  const from = `${factSource(reference.event)} r join ${factSource(type)} f on f."reference" = r."id"`
  return { from, key: type.entity === undefined ? 'r."entity"' : 'f."entity"', at: placedAt(type) }
}

function placedAt({ at, reference }: EventType): string | undefined {
  if (at === undefined) return undefined
  if (at.through === 'own') return 'f."at"'
  return `r.${identifier(factColumn(reference?.event as EventType, at.field))}`
}

/** A sum or a count of the facts under a condition; a further one may be given. */
export function accumulateSql({ event, sum, where }: SetAccumulator, condition?: string): string {
  const conditions = [condition ?? [], where === undefined ? [] : conditionSql(where, event)].flat()
  const aggregate = sum === undefined ? 'count(*)' : `sum(f.${identifier(factColumn(event, sum))})`
  return conditions.length === 0 ? aggregate : `${aggregate} filter (where ${conditions.join(' and ')})`
}

/** The UTC day that an instant lies in: by arithmetic, for `date_trunc` looks the time zone up each time. Any midnight would do as origin. */
export function floorUtcDaySql(at: string): string {
  return `date_bin('24 hours', ${at}, timestamptz '2000-01-01 00:00:00Z')`
}

/** `leavesWindowAt` of core in SQL. */
export function leavesWindowSql(set: MetricSet, days: WindowDays, at: string): string {
  if (set.alignment === 'UtcDay') return `${floorUtcDaySql(at)} + interval '${(days + 1) * 24} hours'`
  return `${at} + interval '${days * 24} hours 1 microsecond'`
}

/** `entersWindowAt` of core in SQL. */
export function entersWindowSql(at: string): string {
  return `${at} + interval '1 microsecond'`
}
