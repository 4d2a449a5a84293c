import type { Pool } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { markEveryEntity } from './mark-every-entity.ts'
import { findRevision } from './migrate.ts'
import { notMigrated, refuseUnmigrated } from './migrate-error.ts'
import { inTransaction } from './postgres-pool.ts'

export type ActivateOutcome = 'in-force' | 'activated' | 'superseded'

/**
 * Puts a revision in force when it is newer than the one that is, and marks every entity in the same transaction, so that each row is
 * recomputed by the new definition. The update waits for commits under the old revision (they hold the row for share); those that
 * begin later find another revision and stop. Where there is nothing to update, nothing is waited for.
 */
export async function activateRevision(pool: Pool, set: MetricSet, revision: number): Promise<ActivateOutcome> {
  const known = await revisionInForce(pool) // it only ever grows
  if (known >= revision) return known === revision ? 'in-force' : 'superseded'
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ revision: number }>('select revision from mp_pipeline for update')
    const current = rows[0]?.revision ?? 0
    if (current >= revision) return current === revision ? 'in-force' : 'superseded'
    await client.query('update mp_pipeline set revision = $1', [revision])
    await markEveryEntity(client, set)
    return 'activated'
  })
}

/** The revision that a definition was migrated to. Throws `MigrateError` (`not-migrated`) when it was not. */
export async function requireRevision(pool: Pool, schema: string, source: unknown): Promise<number> {
  const revision = await findRevision(pool, source).catch(refuseUnmigrated(schema))
  if (revision === undefined) throw notMigrated(schema)
  return revision
}

export interface CurrentRevision {
  readonly revision: number
  /** False until the first worker of the revision is ready: live rows are those of the former definition till then. */
  readonly inForce: boolean
}

/** The same for a process that waits for no worker. Throws `SupersededError` too. */
export async function requireCurrentRevision(pool: Pool, schema: string, source: unknown): Promise<CurrentRevision> {
  const revision = await requireRevision(pool, schema, source)
  const inForce = await revisionInForce(pool)
  if (inForce > revision) throw new SupersededError(revision)
  return { revision, inForce: inForce === revision }
}

async function revisionInForce(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ revision: number }>('select revision from mp_pipeline')
  return rows[0]?.revision ?? 0
}

/** A newer revision of the pipeline is in force already. */
export class SupersededError extends Error {
  constructor(revision: number) {
    super(`revision ${revision} of the pipeline is no longer in force; start this process with the current definition`)
    this.name = 'SupersededError'
  }
}
