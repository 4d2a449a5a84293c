import type { Pool } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { MigrateError } from './migrate-error.ts'
import { dailyTable, factTable, rowTable } from './set-sql/identifiers.ts'
import { hasOwnTable } from './set-sql/set-tables.ts'
import { setViewNames } from './set-views.ts'

interface Names {
  readonly schema: string
  readonly set: MetricSet
  readonly builtIn: string | undefined
}

/**
 * Throws when somebody else's table or view has a name that the set's own need: `create if not exists` would take it over. A table is the
 * pipeline's own when an earlier revision made it.
 */
export async function checkNamesAreFree(pool: Pool, { schema, set, builtIn }: Names): Promise<void> {
  const made = await madeBefore(pool)
  const rowTables = made === undefined ? [rowTable(set), dailyTable(set)] : []
  const factTables = set.events.filter((type) => hasOwnTable(type) && made?.has(type.name) !== true).map(factTable)
  const views = setViewNames(builtIn)
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = (select oid from pg_namespace where nspname = $1)
        and (relname = any($2::text[]) or (relname = any($3::text[]) and (relkind <> 'v' or $4::boolean))) order by 1`,
    [schema, [...rowTables, ...factTables], views, made === undefined],
  )
  if (rows.length === 0) return
  throw new MigrateError(
    'name-taken',
    `schema ${schema} has relations that this pipeline would have to make and did not: ${rows.map((row) => row.name).join(', ')}; give the pipeline a schema of its own (spec.database.schema)`,
  )
}

/** Event types for which earlier revisions made a table; undefined before the first revision. */
async function madeBefore(pool: Pool): Promise<ReadonlySet<string> | undefined> {
  const { rows } = await pool.query<{ place: string; meaning: string }>(
    `select distinct place, meaning from mp_revision, jsonb_each_text(definition -> 'shape') as shape(place, meaning)`,
  )
  if (rows.length === 0) return undefined
  const tables = rows.filter(({ meaning }) => meaning === 'stored here').map(({ place }) => place)
  return new Set(tables.flatMap((place) => /^events\.(.*)\.table$/.exec(place)?.[1] ?? []))
}
