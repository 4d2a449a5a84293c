import type { Pool, PoolClient } from 'pg'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import {
  breakingChanges,
  type ShapeChange,
  type StorageShape,
  storageShape,
} from '../../core/metric-sets/storage-shape.ts'
import { checkExistingTables } from './existing-tables.ts'
import { fingerprintOf } from './fingerprint.ts'
import { checkNamesAreFree } from './foreign-relations.ts'
import { markEveryEntity } from './mark-every-entity.ts'
import { MigrateError } from './migrate-error.ts'
import { inTransaction, openPostgresPool } from './postgres-pool.ts'
import { assertNewEnough, type ServerVersion } from './server-version.ts'
import { identifier } from './set-sql/identifiers.ts'
import { setTableStatements } from './set-sql/set-tables.ts'
import { setViewStatements } from './set-views.ts'

export interface MigrateOptions {
  readonly url: string
  readonly schema: string
  readonly pipeline: string
  readonly set: MetricSet
  /** Name of a built-in set, whose views are made too; undefined for a team's own. */
  readonly builtIn: string | undefined
  /** What decides tables and numbers, as JSON: kept with its revision, hashed into its fingerprint. */
  readonly source: unknown
}

export interface MigrateOutcome {
  readonly revision: number
  readonly isNew: boolean
}

/** Any number will do, if nobody else uses it: one migration at a time per database. */
const MIGRATION_LOCK = 7_313_021_114

/**
 * Brings a schema to what a pipeline needs: the engine's tables, then those of its metric set, then a revision for its definition.
 *
 * Only ever adds, so that workers of the revision in force go on meanwhile. Safe to run at any time, by several processes at once.
 * Throws `MigrateError` when the schema belongs to another pipeline, or when the definition changed what is stored already.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateOutcome> {
  const pool = await openPostgresPool({
    url: options.url,
    schema: options.schema,
    applicationName: 'metrics-pipeline migrate',
    maxConnections: 2,
    statementTimeoutMs: 0,
    onError: () => undefined, // an idle connection that dies here fails the statement that wants it next
  })
  try {
    return await withMigrationLock(pool, () => migrateLocked(pool, options))
  } finally {
    await pool.end()
  }
}

async function migrateLocked(pool: Pool, options: MigrateOptions): Promise<MigrateOutcome> {
  await assertServerVersion(pool)
  await createSchema(pool, options.schema)
  await migrateEngine(options)
  await assertUnclaimed(pool, options)
  await assertCompatible(pool, options)
  await checkExistingTables(pool, options.set)
  await checkNamesAreFree(pool, options)
  const outcome = await inTransaction(pool, async (client) => {
    for (const statement of [...setTableStatements(options.set), ...setViewStatements(options.set, options.builtIn)]) {
      await client.query(statement)
    }
    return registerRevision(client, options)
  })
  await pool.query(AWAIT_REVISION)
  return outcome
}

/** Commits hold this row, and may want tables that the transaction above holds. */
const AWAIT_REVISION = `
  update mp_pipeline set newest_revision = (select max(revision) from mp_revision)
   where newest_revision is distinct from (select max(revision) from mp_revision)`

/** `if not exists` alone would ask for the right to make schemas even where there is nothing to make. */
async function createSchema(pool: Pool, schema: string): Promise<void> {
  const { rowCount } = await pool.query('select from pg_namespace where nspname = $1', [schema])
  if (rowCount === 0) await pool.query(`create schema if not exists ${identifier(schema)}`)
}

async function migrateEngine({ url, schema }: MigrateOptions): Promise<void> {
  const { openOrm } = await import('./orm.ts') // worth its 30 MB only where it is used
  const orm = await openOrm(url, schema)
  try {
    await orm.migrator.up()
  } finally {
    await orm.close(true)
  }
}

async function withMigrationLock<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('set lock_timeout = 0') // wait for the other migration, however long
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    return await work()
  } finally {
    client.release(true) // closing the session gives the lock back, whatever happened
  }
}

async function assertServerVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<ServerVersion>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as text",
  )
  assertNewEnough(rows[0] as ServerVersion)
}

async function assertUnclaimed(pool: Pool, { schema, pipeline }: MigrateOptions): Promise<void> {
  const { rows } = await pool.query<{ name: string }>('select name from mp_pipeline')
  const [owner] = rows
  if (owner === undefined || owner.name === pipeline) return
  throw new MigrateError(
    'schema-taken',
    `schema ${schema} belongs to the pipeline ${owner.name}; give ${pipeline} a schema of its own (spec.database.schema)`,
  )
}

async function assertCompatible(pool: Pool, { set }: MigrateOptions): Promise<void> {
  const { rows } = await pool.query<{ shape: StorageShape }>(
    "select definition -> 'shape' as shape from mp_revision order by revision desc limit 1",
  )
  const [latest] = rows
  if (latest === undefined) return
  const changes = breakingChanges(latest.shape, storageShape(set))
  if (changes.length > 0) throw new MigrateError('definition-changed', describeChanges(changes))
}

function describeChanges(changes: readonly ShapeChange[]): string {
  const lines = changes.map(({ path, before, after }) =>
    after === undefined ? `  ${path} (${before}) is gone` : `  ${path} was ${before}, is now ${after}`,
  )
  return [
    'the definition changed what is stored already:',
    ...lines,
    'Only additions migrate in place. Give the changed thing a new name, or start over in a new schema (spec.database.schema).',
  ].join('\n')
}

/** A former definition that is migrated again is the newest: it gets a new number, and its workers supersede those of what came between. */
async function registerRevision(
  client: PoolClient,
  { pipeline, set, source }: MigrateOptions,
): Promise<MigrateOutcome> {
  const inserted = await client.query<{ revision: number }>(
    `insert into mp_revision as r (fingerprint, definition) values ($1, $2)
         on conflict (fingerprint) do update set revision = default where r.revision < (select max(revision) from mp_revision)
     returning revision`,
    [fingerprintOf(source), JSON.stringify({ source, shape: storageShape(set) })],
  )
  const revision = inserted.rows[0]?.revision ?? (await findRevision(client, source))
  if (revision === undefined) throw new Error('a revision that exists was not found')
  const claimed = await client.query(
    'insert into mp_pipeline (name, revision) values ($1, $2) on conflict do nothing',
    [pipeline, revision],
  )
  if (claimed.rowCount === 1) await markEveryEntity(client, set)
  return { revision, isNew: inserted.rowCount === 1 }
}

/** The revision that a definition was registered under; undefined before it was migrated. */
export async function findRevision(client: Pick<PoolClient, 'query'>, source: unknown): Promise<number | undefined> {
  const { rows } = await client.query<{ revision: number }>('select revision from mp_revision where fingerprint = $1', [
    fingerprintOf(source),
  ])
  return rows[0]?.revision
}
