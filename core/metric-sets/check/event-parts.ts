import { columnName } from '../column-name.ts'
import type { EventDefinition, FieldDefinition } from '../definition.ts'
import { entryOf } from './names.ts'

/** The parts of a fact that the engine keeps in columns of its own, whatever the fields are called. */
export type Part = 'id' | 'entity' | 'reference' | 'at' | 'version'

/** Names of the fields that play a part, as far as they are fields of the event itself. */
export function partsOf(event: EventDefinition): readonly (readonly [Part, string])[] {
  const parts: readonly (readonly [Part, string | undefined])[] = [
    ['id', event.id],
    ['entity', ownName(event.entity)],
    ['reference', referenceOf(event)?.field],
    ['at', ownName(event.at)],
    ['version', event.version],
  ]
  return parts.filter((part): part is readonly [Part, string] => part[1] !== undefined)
}

/** The one reference that an event may have: to which event type, and through which field. */
export function referenceOf(event: EventDefinition): { readonly event: string; readonly field: string } | undefined {
  const [first] = Object.entries(event.references ?? {})
  return first && { event: first[0], field: first[1] }
}

/** Whether the field's value is in the database when metrics are computed. */
export function isKept(event: EventDefinition, name: string): boolean {
  const field = entryOf(event.fields, name)
  if (field === undefined) return false
  if (partsOf(event).some(([, partName]) => partName === name)) return true
  return field.store !== false && event.alsoMarks?.includes(name) !== true
}

export function isKey(event: EventDefinition, name: string): boolean {
  return partsOf(event).some(
    ([part, partName]) => partName === name && (part === 'id' || part === 'entity' || part === 'reference'),
  )
}

/** The columns of an event's facts beside the engine's, with the fields they hold. */
export function ownColumns(event: EventDefinition): readonly (readonly [column: string, field: string])[] {
  const parts = new Set(partsOf(event).map(([, name]) => name))
  return Object.keys(event.fields)
    .filter((name) => isKept(event, name) && !parts.has(name))
    .map((name) => [columnName(name), name])
}

export function fieldNames(event: EventDefinition): readonly string[] {
  return Object.keys(event.fields)
}

export function typed(field: FieldDefinition): string {
  return `${/^[ai]/.test(field.type) ? 'an' : 'a'} ${field.type}`
}

function ownName(name: string | undefined): string | undefined {
  return name?.includes('.') ? undefined : name
}
