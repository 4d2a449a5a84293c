import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import { ALIVE_MS } from './member-store.ts'
import type { Pool } from './postgres-pool.ts'

export interface RulesInForce {
  readonly rules: CompositeRules
  /** A worker that is alive goes by them. */
  readonly isInUse: boolean
}

/** The rules of what stands for these scopes: those of workers that are alive first, the latest of them; undefined where nothing stands. */
export async function readRulesInForce(pool: Pool, scopes: readonly string[]): Promise<RulesInForce | undefined> {
  const { rows } = await pool.query<RulesInForce>(
    `select r.rules,
            exists (
              select from mp_member m
               where m.consumer = c.holder and m.heartbeat_at > clock_timestamp() - $2::int * interval '1 millisecond'
            ) as "isInUse"
       from mp_composite c join mp_composite_rules r on r.fingerprint = c.rules
      where c.scope = any($1::text[])
      order by 2 desc, c.committed_at desc limit 1`,
    [scopes, ALIVE_MS],
  )
  return rows[0]
}
