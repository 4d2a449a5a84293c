import type { Pool } from 'pg'
import type { Instant } from '../../core/time/instant.ts'

/** The database's clock, to the microsecond. */
export async function readDatabaseClock(pool: Pool): Promise<Instant> {
  const { rows } = await pool.query<{ now: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as now',
  )
  return Number(rows[0]?.now)
}
