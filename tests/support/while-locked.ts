import type { Pool } from 'pg'
import { identifier } from '../../adapters/postgres/set-sql/identifiers.ts'

/** For as long as `work` takes nobody can read or write the table: whoever tries waits. */
export async function whileLocked<T>(db: Pool, table: string, work: () => Promise<T>): Promise<T> {
  const client = await db.connect()
  try {
    await client.query(`begin; lock table ${identifier(table)} in access exclusive mode`)
    return await work()
  } finally {
    await client.query('rollback')
    client.release()
  }
}
