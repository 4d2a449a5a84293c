import type { Pool } from 'pg'

/** Where Redis has the gate of a pipeline's scope. */
export async function gateKey(db: Pool, scope = 'pipeline'): Promise<string> {
  const { rows } = await db.query<{ name: string; identity: string }>('select name, identity from mp_pipeline')
  return `{cmp:${rows[0]?.name}:${rows[0]?.identity}:${scope}}:gate`
}
