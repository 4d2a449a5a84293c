/** The database's spelling of a definition's name: `delayMinutes` becomes `delay_minutes`. */
export function columnName(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

/** Columns that every fact table has of its own; a field may carry one of these names only if it is that column. */
export const ENGINE_FACT_COLUMNS = ['id', 'version', 'hash', 'deleted', 'entity', 'at', 'reference'] as const
