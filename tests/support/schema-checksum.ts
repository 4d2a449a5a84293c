import type { Pool } from 'pg'

/** What a schema holds, by relation: its rows, or where a sequence stands. Equal before and after whatever wrote nothing. */
export async function schemaChecksum(db: Pool, schema = 'public'): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.query<{ name: string; kind: string }>(
    `select oid::regclass::text as name, relkind as kind from pg_class
      where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'S') order by 1`,
    [schema],
  )
  const sums: Record<string, string> = {}
  for (const { name, kind } of rows) {
    const what =
      kind === 'S'
        ? "concat(last_value, ' ', is_called)"
        : "md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
    const {
      rows: [sum],
    } = await db.query<{ sum: string }>(`select ${what} as sum from ${name} t`)
    sums[name] = sum?.sum ?? ''
  }
  return sums
}
