import type { EventType, MetricSet, SetAccumulator } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { floorUtcDaySql } from './fact-place.ts'
import { identifier } from './identifiers.ts'

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

/** What one event type brings to the rows of a scope, in SQL. */
export interface FactPart {
  readonly type: EventType
  /** A relation to be named before. */
  readonly relation?: string
  /** Joins the part to `scope`. */
  readonly join: string
  readonly facts: string
  readonly nextChange: string
  readonly accumulated: (accumulator: SetAccumulator, days: WindowDays) => string
}

/**
 * Parameters shared by the scopes with one as-of: after the scope's own come the as-of and then the start of each window, shortest first,
 * all as ISO texts. The starts are computed by `windowStart` of core, so that one function alone decides where a window begins.
 */
function sharedInstants(set: MetricSet, first: number): Pick<Scope, 'asOf' | 'windowStart'> {
  return {
    asOf: `$${first}::timestamptz`,
    windowStart: (days) => `$${first + 1 + set.windows.indexOf(days)}::timestamptz`,
  }
}

/** $1: the entities (text[]). */
export function entitiesScope(set: MetricSet): Scope {
  return {
    relation: 'select entity from unnest($1::text[]) as listed(entity)',
    restrict: (key) => ({ join: '', where: `${key} = any($1::text[])` }),
    ...sharedInstants(set, 2),
  }
}

/** $1, $2: every entity that has a row or a mark, from the first key to the last, both inclusive. */
export function rangeScope(set: MetricSet, rows: string): Scope {
  return {
    relation: `select entity from ${identifier(rows)} where entity between $1 and $2 union select entity from mp_mark where entity between $1 and $2`,
    restrict: (key) => ({ join: '', where: `${key} between $1 and $2` }),
    ...sharedInstants(set, 3),
  }
}

/** `source` gives `entity` and `as_of`; each row is recomputed at its own. */
export function rowsScope(set: MetricSet, source: string): Scope {
  const start = (days: WindowDays) => `from_${windowLabel(days)}`
  const starts = set.windows.map((days) => `${windowStartSql(set, days, 'as_of')} as ${identifier(start(days))}`)
  return {
    relation: `select entity, as_of, ${starts.join(', ')} from (${source}) source`,
    restrict: (key) => ({ join: `join scope on scope.entity = ${key}`, where: 'true' }),
    asOf: 'scope.as_of',
    windowStart: (days) => `scope.${identifier(start(days))}`,
  }
}

/** `windowStart` of core in SQL. */
export function windowStartSql(set: MetricSet, days: WindowDays, asOf: string): string {
  return `${set.alignment === 'UtcDay' ? floorUtcDaySql(asOf) : asOf} - interval '${days * 24} hours'`
}
