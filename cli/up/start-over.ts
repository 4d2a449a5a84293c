import { createPostgresPool } from '../../adapters/postgres/postgres-pool.ts'
import { identifier } from '../../adapters/postgres/set-sql/identifiers.ts'
import { connectRedis } from '../../adapters/redis/redis-client.ts'

/** Removes a pipeline's schema with everything in it. */
export async function dropSchema(url: string, schema: string): Promise<void> {
  const pool = createPostgresPool({
    url,
    schema,
    applicationName: 'metrics-pipeline start over',
    maxConnections: 1,
    onError: () => undefined,
  })
  try {
    await pool.query(`drop schema if exists ${identifier(schema)} cascade`)
  } finally {
    await pool.end()
  }
}

/** Removes streams with their groups, and their dead letters. */
export async function deleteStreams(url: string, streams: readonly string[]): Promise<void> {
  const client = await connectRedis(url, () => undefined)
  try {
    for (const stream of streams) await client.del(stream, `${stream}:dead_letter`)
  } finally {
    client.disconnect()
  }
}
