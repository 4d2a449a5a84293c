import type { Database } from './database.ts'
import { areSame, type Source, sourcesOf } from './sources.ts'

const NOTHING: readonly Source[] = []

/**
 * Parity, as `parity-check.ts` has it, and at any instant: whoever has no mark has a row made of the very facts that there are. A reference
 * whose fact has come counts as a mark of its entity. Gives those at fault.
 */
export function withoutParity(database: Database): readonly string[] {
  const sources = sourcesOf(database, ({ committed }) => committed)
  const awaited = new Set<string>()
  for (const { type, id } of database.unresolved.committed()) {
    const entity = database.factsOf(type).row(id).committed?.entity
    if (typeof entity === 'string') awaited.add(entity)
  }
  const hasParity = (entity: string) =>
    awaited.has(entity) ||
    database.marks.row(entity).committed !== undefined ||
    areSame(database.rows.row(entity).committed?.sources ?? NOTHING, sources.get(entity) ?? NOTHING)
  const known = new Set(sources.keys())
  for (const { entity } of database.rows.committed()) known.add(entity)
  return [...known].filter((entity) => !hasParity(entity))
}
