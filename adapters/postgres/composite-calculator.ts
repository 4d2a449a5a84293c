import type { CompositeResult } from '../../core/composite/composite-result.ts'
import { groupOf } from '../../core/composite/composite-scopes.ts'
import { accumulatorsOf, scoreComposite } from '../../core/composite/score-composite.ts'
import type { MetricSet, ScoredSet } from '../../core/metric-sets/metric-set.ts'
import type { Totals } from '../../core/metrics/accumulate.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { windowStart } from '../../core/time/window.ts'
import { inTransaction, type Pool, type PoolClient } from './postgres-pool.ts'
import { compositeQuery } from './set-sql/composite-query.ts'
import { run, statementOf } from './statement-cache.ts'

/** Calculates the scores of one pipeline from what its database holds. It keeps nothing, and stores nothing. */
export interface CompositeCalculator {
  /** The score of one of the set's scopes as of an instant, from one snapshot. Fails when the database takes longer for it than `withinMs`. */
  calculate(db: Pool, scope: string, asOf: Instant, withinMs?: number): Promise<CompositeResult>
}

/** Throws for a set that declares no composite. `weights` go before those of its definition. */
export function createCompositeCalculator(
  set: MetricSet,
  weights: Readonly<Record<string, number>> = {},
): CompositeCalculator {
  if (!isScored(set)) throw new Error('the metric set declares no composite')
  return {
    calculate: async (db, scope, asOf, withinMs = LONGEST_MS) =>
      scoreComposite(set.composite, weights, await readTotals(db, set, { scope, asOf, withinMs })),
  }
}

function isScored(set: MetricSet): set is ScoredSet {
  return set.composite !== undefined
}

const LONGEST_MS = 60_000

interface Calculation {
  readonly scope: string
  readonly asOf: Instant
  readonly withinMs: number
}

/**
 * It reads whole tables, whatever the sessions of a pool are told to make plans for otherwise. In one process: helpers would cost half as much
 * again, and take the cores that events are committed by. $1 the time it has, in milliseconds.
 */
const FOR_WHOLE_TABLES = `select set_config('enable_seqscan', 'on', true), set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('max_parallel_workers_per_gather', '0', true), set_config('statement_timeout', $1, true)`

function readTotals(db: Pool, set: ScoredSet, { scope, asOf, withinMs }: Calculation): Promise<Totals> {
  const group = groupOf(set.composite, scope)
  const statement = statementOf('composite', compositeQuery(set, group?.group))
  return inTransaction(db, async (client, later) => {
    later(client.query('set transaction isolation level repeatable read, read only'))
    later(client.query(FOR_WHOLE_TABLES, [String(Math.max(1, Math.ceil(withinMs)))]))
    const bounds = set.composite.over === 'Rows' ? [] : windowBounds(set, await endOfWindow(client, set, asOf))
    const values = [...bounds, ...(group === undefined ? [] : [group.value])]
    const { rows } = await run<Record<string, string>>(client, statement, values)
    return new Map(accumulatorsOf(set.composite).map((each) => [each, BigInt(rows[0]?.[each.column] ?? 0)]))
  })
}

function windowBounds({ composite, alignment }: ScoredSet, end: Instant): readonly string[] {
  return [windowStart(end, composite.window, alignment), end].map(formatInstant)
}

/** Windows of a pipeline whose as-of follows its data end there. */
async function endOfWindow(client: PoolClient, set: MetricSet, asOf: Instant): Promise<Instant> {
  if (set.asOf === 'Clock') return asOf
  const { rows } = await client.query<{ as_of: string | null }>(
    'select (extract(epoch from as_of) * 1000000)::bigint::text as as_of from mp_as_of',
  )
  return Number(rows[0]?.as_of ?? asOf)
}
