import type { EventType, SetField } from '../../../core/metric-sets/metric-set.ts'
import { fieldColumnType } from './column-types.ts'
import { factSource } from './fact-source.ts'
import { factTable, identifier } from './identifiers.ts'

/** The columns of a batch of facts, in the order of the statement's array parameters. */
export function factColumns(type: EventType): readonly FactColumn[] {
  return [
    { name: 'id', arrayType: 'text', field: undefined },
    { name: 'version', arrayType: 'bigint', field: undefined },
    { name: 'hash', arrayType: 'bigint', field: undefined },
    { name: 'deleted', arrayType: 'boolean', field: undefined },
    ...(type.entity === undefined ? [] : [{ name: 'entity', arrayType: 'text', field: undefined }]),
    ...(type.at?.through === 'own' ? [{ name: 'at', arrayType: 'timestamptz', field: undefined }] : []),
    ...(type.reference === undefined ? [] : [{ name: 'reference', arrayType: 'text', field: undefined }]),
    ...type.stored.map((field) => ({ name: field.column, arrayType: arrayType(field), field })),
  ]
}

export interface FactColumn {
  readonly name: string
  readonly arrayType: string
  readonly field: SetField | undefined
}

/**
 * Store one batch of facts of a type, one array parameter per column. The higher (version, hash) of an id wins, so order and repetition are
 * free; ids are written in order, so that two batches cannot deadlock.
 *
 * Returns only what is not plain: facts that were not applied (`applied` false), and those that replaced a row of another entity or
 * reference, with what stood there before. That comes from the row which the upsert itself replaced (`returning old`), never from an
 * earlier read. `#`, which no field can be called, is a fact's place in the batch.
 */
export function upsertFactsStatement(type: EventType): string {
  const columns = factColumns(type)
  const names = columns.map((column) => identifier(column.name))
  const arrays = columns.map((column, i) => `$${i + 1}::${column.arrayType}[]`)
  const values = columns.map((column) =>
    isList(column.field) ? `i.${identifier(column.name)}::text[]` : `i.${identifier(column.name)}`,
  )
  const updates = names.filter((name) => name !== '"id"').map((name) => `${name} = excluded.${name}`)
  const parts = [
    ...(type.entity === undefined ? [] : ['entity']),
    ...(type.reference === undefined ? [] : ['reference']),
  ]
  const moved = parts.map((part) => `s.old_${part} is distinct from i.${part}`)
  return `with incoming as (
  select * from unnest(${arrays.join(', ')}) with ordinality as i(${names.join(', ')}, "#")
),
stored as (
  insert into ${identifier(factTable(type))} as fact (${names.join(', ')})
  select ${values.join(', ')} from incoming i order by i.id collate "C"
  on conflict (id) do update set ${updates.join(', ')}
   where (fact.version, fact.hash) < (excluded.version, excluded.hash)
  returning fact.id, ${['old.id is not null as replaced', ...parts.map((part) => `old.${part} as old_${part}`)].join(', ')}
)
select i."#"::int as n, s.id is not null as applied, ${parts.length === 0 ? '' : `${parts.map((part) => `s.old_${part}`).join(', ')}, `}coalesce(s.replaced, false) as replaced
  from incoming i left join stored s on s.id = i.id
 where s.id is null${moved.length === 0 ? '' : ` or (s.replaced and (${moved.join(' or ')}))`}`
}

/** Tell duplicates from stale facts among those not applied. $1 ids, $2 versions, $3 hashes; gives the number of equals. */
export function countDuplicatesStatement(type: EventType): string {
  return `select count(*)::int as duplicates
  from unnest($1::text[], $2::bigint[], $3::bigint[]) as i(id, version, hash)
  join ${identifier(factTable(type))} f on f.id = i.id and f.version = i.version and f.hash = i.hash`
}

/**
 * Look up the entities of facts by id ($1). Facts in a table of ours are locked first, in id order: whoever would move one to another entity
 * waits until this transaction's own facts are visible, and then marks both entities. Existing tables are not ours to lock.
 */
export function findReferencedStatement(type: EventType): string {
  const lock = type.table === undefined ? ' for no key update' : ''
  return `select id, entity from ${factSource(type)} f where id = any($1::text[]) order by id${lock}`
}

/** Short transactions, short locks. */
export const REFERENCES_AT_ONCE = 1_000

/**
 * Turn references whose fact has come into marks. $1 int slices, $2 int this worker's slice: each reference that leads nowhere is looked up
 * every second, by one worker, however many there are. So many at a time, and none that another worker is resolving.
 * Marking and forgetting the reference are one statement, so a reference is never lost between the two.
 */
export function resolveReferencesStatement(type: EventType): string {
  return `with found as (
  select u.reference, f.entity from mp_unresolved_reference u join ${factSource(type)} f on f.id = u.reference
   where u.type = '${type.name}' and f.entity is not null and ($1::int = 1 or (hashtext(u.reference) & 2147483647) % $1::int = $2::int)
   limit ${REFERENCES_AT_ONCE} for update of u skip locked
),
marked as (
  insert into mp_mark as m (entity, version, first_dirty_at, last_dirty_at, published_at)
  select entity, nextval('mp_mark_version'), clock_timestamp(), clock_timestamp(), clock_timestamp() from (select distinct entity from found) e order by entity
  on conflict (entity) do update set version = excluded.version, last_dirty_at = excluded.last_dirty_at
),
forgotten as (
  delete from mp_unresolved_reference u using found where u.type = '${type.name}' and u.reference = found.reference returning 1
)
select count(*)::int as resolved from forgotten`
}

function arrayType(field: SetField): string {
  return isList(field) ? 'text' : fieldColumnType(field).replace(' collate "C"', '')
}

function isList(field: SetField | undefined): boolean {
  return field?.type === 'strings'
}
