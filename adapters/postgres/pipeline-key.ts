import type { Pool } from './postgres-pool.ts'

/**
 * What the pipeline of a schema is called in Redis: its name, and what tells it from another one of that name, whose database is another but
 * whose Redis may be the same.
 */
export async function readPipelineKey(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ key: string }>("select name || ':' || identity as key from mp_pipeline")
  const [pipeline] = rows
  if (pipeline === undefined) throw new Error('a migrated schema belongs to a pipeline')
  return pipeline.key
}
