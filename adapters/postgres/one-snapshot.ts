import { inTransaction, type Pool, type PoolClient } from './postgres-pool.ts'

/**
 * Runs `work` with several sessions that only read, and all read the same: the state of the database at one instant. Nothing times them out,
 * for one may have to wait for another. Takes as many of the pool's connections as there are sessions, at least one.
 */
export function inOneSnapshot<T>(
  pool: Pool,
  sessions: number,
  work: (clients: readonly PoolClient[]) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (client) => {
    await prepare(client)
    const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot')
    return join(pool, sessions - 1, rows[0]?.snapshot ?? '', [client], work)
  })
}

function join<T>(
  pool: Pool,
  further: number,
  snapshot: string,
  clients: readonly PoolClient[],
  work: (clients: readonly PoolClient[]) => Promise<T>,
): Promise<T> {
  if (further <= 0) return work(clients)
  return inTransaction(pool, async (client) => {
    await prepare(client)
    await client.query(`set transaction snapshot '${snapshot}'`) // takes no parameter; the server made the name
    return join(pool, further - 1, snapshot, [...clients, client], work)
  })
}

async function prepare(client: PoolClient): Promise<void> {
  await client.query('set transaction isolation level repeatable read, read only')
  await client.query('set local statement_timeout = 0')
  await client.query('set local idle_in_transaction_session_timeout = 0')
}
