import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import type { Pool } from './postgres-pool.ts'

/** The newest rules that a composite which stands was calculated by; undefined where none does. */
export async function readRulesInForce(pool: Pool): Promise<CompositeRules | undefined> {
  const { rows } = await pool.query<{ rules: CompositeRules }>(
    `select r.rules from mp_composite_rules r where r.fingerprint in (select rules from mp_composite)
      order by r.number desc limit 1`,
  )
  return rows[0]?.rules
}
