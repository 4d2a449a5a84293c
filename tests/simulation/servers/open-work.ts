import type { Database } from './database.ts'
import { isDue } from './evaluation-statements.ts'

/** What `countOpenWork` counts: marks, references that can be resolved, rows whose next change has come. */
export function isAnythingDue(database: Database): boolean {
  if (database.marks.size > 0) return true
  for (const { type, id } of database.unresolved.committed())
    if (typeof database.factsOf(type).row(id).committed?.entity === 'string') return true
  for (const row of database.rows.committed()) if (isDue(database, row)) return true
  return false
}
