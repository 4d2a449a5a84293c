import type { CompositeResult } from '../../core/composite/composite-result.ts'
import { PIPELINE_SCOPE } from '../../core/composite/composite-scopes.ts'
import type { Pool } from './postgres-pool.ts'
import { literal } from './set-sql/identifiers.ts'

/** A score as it stands. */
export interface StoredComposite extends CompositeResult {
  readonly scope: string
  /** ISO text. */
  readonly asOf: string
  readonly ageMs: number
  /** The worker that calculated it. */
  readonly holder: string
}

/** The scores of these scopes that stand, that of the whole pipeline first. */
export async function readComposites(pool: Pool, scopes: readonly string[]): Promise<readonly StoredComposite[]> {
  const { rows } = await pool.query<StoredComposite>(
    `select scope, value::text as value, sample_size::float8 as "sampleSize", inputs, to_jsonb(as_of) #>> '{}' as "asOf",
            round(extract(epoch from clock_timestamp() - as_of) * 1000)::float8 as "ageMs", holder
       from mp_composite where scope = any($1::text[]) order by scope <> ${literal(PIPELINE_SCOPE)}, scope`,
    [scopes],
  )
  return rows
}
