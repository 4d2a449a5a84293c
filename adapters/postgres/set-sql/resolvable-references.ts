import type { EventType, MetricSet } from '../../../core/metric-sets/metric-set.ts'
import { factKeys, keyColumns } from './fact-source.ts'
import { factTable, literal } from './identifiers.ts'

/**
 * How many references wait whose fact has come: a mark each, as soon as a worker sees them. Reads nothing of a fact but its key and its entity,
 * by one look into the index for each reference, whatever the planner believes.
 */
export function resolvableReferencesSql(set: MetricSet): string {
  const counts = referencedTypes(set).map(
    (type) =>
      `(select count(*) from mp_unresolved_reference u
          cross join lateral (select from ${factKeys(type)} f where f.id = u.reference and f.entity is not null limit 1) come
         where u.type = ${literal(type.name)})`,
  )
  return `(${['0', ...counts].join(' + ')})`
}

/** Whether whoever asks may read that much. Looked up without naming the tables, which would be refused. */
export function mayCountResolvableSql(set: MetricSet): string {
  return ['true', ...referencedTypes(set).map(mayReadKeys)].join(' and ')
}

function mayReadKeys(type: EventType): string {
  const columns = new Set(keyColumns(type))
  const [table, schema] = (type.table ?? factTable(type)).split('.').reverse() as [string, string?]
  const isMeant = schema === undefined ? 'pg_table_is_visible(c.oid)' : `n.nspname = ${literal(schema)}`
  return `coalesce((select count(*) = ${columns.size} and bool_and(has_column_privilege(c.oid, a.attnum, 'select') and has_schema_privilege(n.oid, 'usage'))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
   where c.relname = ${literal(table)} and ${isMeant} and a.attname in (${[...columns].map(literal).join(', ')})), false)`
}

function referencedTypes({ events }: MetricSet): readonly EventType[] {
  return events.filter((type) => type.referenced)
}
