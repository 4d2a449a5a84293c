import type { MetricSet } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'
import { identifier } from './identifiers.ts'
import type { Scope } from './window-query.ts'

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
  const day = set.alignment === 'UtcDay' ? `date_trunc('day', as_of, 'UTC')` : 'as_of'
  const starts = set.windows.map((days) => `${day} - interval '${days * 24} hours' as ${identifier(start(days))}`)
  return {
    relation: `select entity, as_of, ${starts.join(', ')} from (${source}) source`,
    restrict: (key) => ({ join: `join scope s on s.entity = ${key}`, where: 'true' }),
    asOf: 's.as_of',
    windowStart: (days) => `s.${identifier(start(days))}`,
  }
}
