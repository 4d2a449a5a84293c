import type { Pool } from 'pg'
import type { EventType, MetricSet, SetField } from '../../core/metric-sets/metric-set.ts'
import { MigrateError } from './migrate-error.ts'
import { projectedFields } from './set-sql/fact-source.ts'
import { tableName } from './set-sql/identifiers.ts'

/** Types of PostgreSQL that may stand for a field's type. */
const ACCEPTED = {
  string: ['text', 'character varying', 'character', 'uuid', 'USER-DEFINED'],
  strings: ['ARRAY'],
  integer: ['smallint', 'integer', 'bigint'],
  decimal: ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'],
  boolean: ['boolean'],
  timestamp: ['timestamp with time zone'],
} as const satisfies Record<SetField['type'], readonly string[]>

/** Keys are compared as texts, through the table's own index. */
const ACCEPTED_AS_KEY: readonly string[] = ['text', 'character varying', 'character']

/** Throws when a table or view that holds an event type's facts lacks a declared column, or has it in a type of another kind. */
export async function checkExistingTables(pool: Pool, set: MetricSet): Promise<void> {
  const problems: string[] = []
  for (const type of set.events)
    if (type.table !== undefined) problems.push(...(await checkTable(pool, type, type.table)))
  if (problems.length > 0) {
    throw new MigrateError(
      'table-not-as-declared',
      ['existing tables are not as the metric set declares them:', ...problems].join('\n'),
    )
  }
}

async function checkTable(pool: Pool, type: EventType, table: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `select a.attname as name, case when t.typelem <> 0 and t.typlen = -1 then 'ARRAY' when t.typtype = 'e' then 'USER-DEFINED' else format_type(t.oid, null) end as type
       from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
    [tableName(table)],
  )
  if (rows.length === 0) return [`  ${table} (event type ${type.name}) does not exist, or this user may not see it`]
  const columns = new Map(rows.map((row) => [row.name, row.type]))
  return projectedFields(type).flatMap((field) => checkColumn(table, type, field, columns))
}

function checkColumn(
  table: string,
  type: EventType,
  field: SetField,
  columns: ReadonlyMap<string, string>,
): readonly string[] {
  const accepted: readonly string[] = ACCEPTED[field.type]
  const found = columns.get(field.column)
  if (found === undefined) return [`  ${table} has no column ${field.column} (field ${field.name}, ${field.type})`]
  if (isKey(type, field)) {
    if (ACCEPTED_AS_KEY.includes(found)) return []
    return [
      `  ${table}.${field.column} is ${found}; field ${field.name} is a key and needs text: name a view that casts it, and index the table by (${field.column}::text)`,
    ]
  }
  if (accepted.includes(found)) return []
  return [
    `  ${table}.${field.column} is ${found}; field ${field.name} needs ${accepted.filter((each) => each !== 'USER-DEFINED').join(' or ')}`,
  ]
}

function isKey({ id, entity, reference }: EventType, field: SetField): boolean {
  return field === id || field === entity || field === reference?.field
}
