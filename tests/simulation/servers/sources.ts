import type { Fact } from '../../../core/events/parse-event.ts'
import type { EventType } from '../../../core/metric-sets/metric-set.ts'
import type { Database } from './database.ts'
import type { Row } from './row.ts'

/** A live fact, and the one that decides whose it is: the one it refers to, or itself. */
export interface Source {
  readonly fact: Fact
  readonly owner: Fact
}

/** What the rows of all entities are computed from, as somebody sees the facts. */
export function sourcesOf(
  { facts }: Database,
  see: (row: Row<Fact>) => Fact | undefined,
): ReadonlyMap<string, readonly Source[]> {
  const found = new Map<string, Source[]>()
  for (const [{ reference }, table] of facts) {
    for (const row of table.all()) {
      const fact = see(row)
      if (fact === undefined || fact.deleted) continue
      const owner = reference === undefined ? fact : see(ownerOf(facts, reference.event, fact))
      if (owner === undefined || owner.deleted) continue
      const known = found.get(owner.entity as string)
      if (known === undefined) found.set(owner.entity as string, [{ fact, owner }])
      else known.push({ fact, owner })
    }
  }
  return found
}

function ownerOf(facts: Database['facts'], type: EventType, { reference }: Fact): Row<Fact> {
  return (facts.get(type) as NonNullable<ReturnType<typeof facts.get>>).row(reference as string)
}

export function areSame(a: readonly Source[], b: readonly Source[]): boolean {
  return a.length === b.length && a.every(({ fact, owner }, i) => fact === b[i]?.fact && owner === b[i]?.owner)
}
