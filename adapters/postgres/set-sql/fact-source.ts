import type { EventType } from '../../../core/metric-sets/metric-set.ts'
import { factColumn, factTable, identifier, tableName } from './identifiers.ts'

/**
 * What to select an event type's facts from: its own table, or a projection of the existing table that holds them, with the same columns
 * (`id`, `entity`, `at`, `reference` and the stored fields). The projection keeps plain column references, so its indexes stay usable.
 */
export function factSource(type: EventType): string {
  if (type.table === undefined) return identifier(factTable(type))
  const columns = type.fields
    .filter((field) => isProjected(type, field.name))
    .map((field) => {
      const column = identifier(field.column)
      const value = field.type === 'decimal' ? `round(${column}::numeric * ${10 ** field.scale})::bigint` : column
      return `${value} as ${identifier(factColumn(type, field))}`
    })
  return `(select ${columns.join(', ')} from ${tableName(type.table)})`
}

/** The fields that an existing table must have as columns: the engine's parts and everything stored. */
export function isProjected(type: EventType, fieldName: string): boolean {
  const parts = [
    type.id,
    type.entity,
    type.reference?.field,
    type.at?.through === 'own' ? type.at.field : undefined,
    ...type.stored,
  ]
  return parts.some((field) => field?.name === fieldName)
}
