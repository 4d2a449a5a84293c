import { columnName } from '../../../core/metric-sets/column-name.ts'
import type { EventType, MetricSet, SetField } from '../../../core/metric-sets/metric-set.ts'
import { type WindowDays, windowLabel } from '../../../core/time/window.ts'

/** Names come from a definition, so every one of them is quoted, whatever checks it passed before. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `schema.table` or `table`, each part quoted. */
export function tableName(name: string): string {
  return name.split('.').map(identifier).join('.')
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function factTable(type: EventType): string {
  return `fact_${columnName(type.name)}`
}

/** One wide row per entity. */
export function rowTable(set: MetricSet): string {
  return `${columnName(set.entity)}_metrics`
}

/** One wide row per entity and day, partitioned by month. */
export function dailyTable(set: MetricSet): string {
  return `${rowTable(set)}_daily`
}

export function windowColumn(column: string, days: WindowDays): string {
  return `${column}_${windowLabel(days)}`
}

/** The column of a fact table that holds a field: one of the engine's where the field has that part, else its own. */
export function factColumn(type: EventType, field: SetField): string {
  if (field === type.id) return 'id'
  if (field === type.entity) return 'entity'
  if (field === type.reference?.field) return 'reference'
  if (type.at?.through === 'own' && field === type.at.field) return 'at'
  if (field === type.version) return 'version'
  return field.column
}
