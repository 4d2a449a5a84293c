import type { EventType, SetField } from '../../../core/metric-sets/metric-set.ts'
import { factTable, identifier, tableName } from './identifiers.ts'

/**
 * What to select an event type's facts from: its own table, or a projection of the existing table that holds them, with the same columns
 * (`id`, `entity`, `at`, `reference` and the stored fields). The projection keeps plain column references, so its indexes stay usable.
 */
export function factSource(type: EventType): string {
  if (type.table === undefined) return identifier(factTable(type))
  const parts = engineParts(type).map(([column, field]) => `${identifier(field.column)} as ${identifier(column)}`)
  const stored = type.stored.map((field) => `${storedValue(field)} as ${identifier(field.column)}`)
  return `(select ${[...parts, ...stored].join(', ')} from ${tableName(type.table)})`
}

/** The same with nothing but the key and the entity, for whoever may read no more. */
export function factKeys(type: EventType): string {
  const [id, entity] = keyColumns(type).map(identifier)
  return `(select ${id} as id, ${entity} as entity from ${tableName(type.table ?? factTable(type))})`
}

/** Where these two are. A type that others refer to has both. */
export function keyColumns({ table, id, entity }: EventType): readonly [id: string, entity: string] {
  if (table === undefined) return ['id', 'entity']
  return [id?.column ?? 'id', entity?.column ?? 'entity']
}

/** The fields that an existing table must have as columns: the engine's parts and everything stored. */
export function projectedFields(type: EventType): readonly SetField[] {
  return [...new Set([...engineParts(type).map(([, field]) => field), ...type.stored])]
}

/** The engine's columns with the field that each is taken from. One field may serve as several: a profile's id is its entity. */
function engineParts({ id, entity, at, reference }: EventType): readonly (readonly [column: string, SetField])[] {
  const parts = [
    ['id', id],
    ['entity', entity],
    ['at', at?.through === 'own' ? at.field : undefined],
    ['reference', reference?.field],
  ] as const
  return parts.flatMap(([column, field]) => (field === undefined ? [] : [[column, field] as const]))
}

/**
 * What is no number, or an infinite one, is no value: an existing table may hold it, an event never brings it. And enumerations and the like
 * are compared as the texts that they are declared to be.
 */
function storedValue(field: SetField): string {
  const column = identifier(field.column)
  if (field.type === 'string') return `${column}::text`
  if (field.type !== 'decimal') return column
  const number = `${column}::numeric`
  return `case when abs(${number}) < 'Infinity' then round(${number} * ${10 ** field.scale})::bigint end`
}
