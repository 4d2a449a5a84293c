import type { EventType } from '../metric-sets/metric-set.ts'
import type { Fact } from './parse-event.ts'

export interface ReducedFacts {
  /** One fact per id and type: the highest (version, hash) of the batch. */
  readonly byType: ReadonlyMap<EventType, readonly Fact[]>
  /** Repetitions inside the batch. */
  readonly duplicates: number
  /** Versions inside the batch that a higher one of the same batch replaces. */
  readonly stale: number
}

/** Brings a batch down to what a single statement may write: no row twice. */
export function reduceFacts(facts: readonly Fact[]): ReducedFacts {
  const byType = new Map<EventType, Map<string, Fact>>()
  let duplicates = 0
  let stale = 0
  for (const fact of facts) {
    let ofType = byType.get(fact.type)
    if (ofType === undefined) byType.set(fact.type, (ofType = new Map()))
    const known = ofType.get(fact.id)
    const order = known === undefined ? 1 : compareVersions(fact, known)
    if (known === undefined || order > 0) ofType.set(fact.id, fact)
    if (known === undefined) continue
    if (order === 0) duplicates += 1
    else stale += 1
  }
  return { byType: new Map([...byType].map(([type, ofType]) => [type, [...ofType.values()]])), duplicates, stale }
}

/**
 * The facts of a type that a batch has to lock before it writes any: those that it replaces together with those that its other facts refer
 * to, so that there is one pass over the type's ids. None where nothing in the batch refers to the type: then the upsert locks.
 */
export function idsToLock(type: EventType, byType: ReducedFacts['byType']): readonly string[] {
  const referring = [...byType].filter(([other]) => other.reference?.event === type).flatMap(([, facts]) => facts)
  if (referring.length === 0) return []
  const replaced = (byType.get(type) ?? []).map(({ id }) => id)
  return [...new Set([...replaced, ...referring.flatMap(({ reference }) => reference ?? [])])]
}

/** Positive when `a` is the higher version; the hash decides between equal versions, as a 64-bit integer. */
export function compareVersions(a: Fact, b: Fact): number {
  if (a.version !== b.version) return a.version - b.version
  if (a.hash === b.hash) return 0
  return BigInt(a.hash) > BigInt(b.hash) ? 1 : -1
}
