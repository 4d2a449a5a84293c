import type { Fact, MarkRequest } from '../events/parse-event.ts'
import type { EventType } from '../metric-sets/metric-set.ts'
import type { Instant } from '../time/instant.ts'

/** Where a fact stood before it was replaced, as far as it stands elsewhere now. */
export interface FormerPlace {
  readonly entity?: string | null
  readonly reference?: string | null
}

/** What a batch makes dirty: entities, and references that may lead to more of them. Each with the earliest publication behind it. */
export class DirtyEntities {
  readonly entities = new Map<string, Instant>()
  /** Those that led nowhere yet. */
  readonly references = new Map<EventType, Map<string, Instant>>()
  readonly #known = new Map<EventType, Map<string, string | null>>()

  addMark({ type, entities, reference, publishedAt }: MarkRequest): void {
    for (const entity of entities) this.#add(entity, publishedAt)
    this.#addReference(type, reference, publishedAt)
  }

  /** A fact that was stored. */
  addFact({ type, id, entity, reference, publishedAt }: Fact): void {
    if (entity !== null) this.#add(entity, publishedAt)
    this.#addReference(type, reference, publishedAt)
    if (type.referenced) this.know(type, id, entity)
  }

  /** A fact that moved also changes the entity that it left. */
  addMoved({ type, publishedAt }: Fact, former: FormerPlace): void {
    if (typeof former.entity === 'string') this.#add(former.entity, publishedAt)
    this.#addReference(type, former.reference, publishedAt)
  }

  /** Whose a referenced fact is, as far as this transaction has seen (and locked) it; null for one that was deleted. */
  know(type: EventType, id: string, entity: string | null): void {
    entryOf(this.#known, type).set(id, entity)
  }

  /** References of a type whose facts nobody has looked up yet. */
  unknown(type: EventType): readonly string[] {
    const known = entryOf(this.#known, type)
    return [...(this.references.get(type)?.keys() ?? [])].filter((id) => !known.has(id))
  }

  /** Turns references into the entities that they lead to. */
  follow(type: EventType): void {
    const known = entryOf(this.#known, type)
    for (const [id, publishedAt] of this.references.get(type) ?? []) {
      const entity = known.get(id)
      if (entity === undefined || entity === null) continue
      this.#add(entity, publishedAt)
      this.references.get(type)?.delete(id)
    }
  }

  /** Whom an event is about, as far as that is known: itself, or through the fact that it refers to. */
  entitiesOf(event: Fact | MarkRequest): readonly string[] {
    const own = 'entities' in event ? event.entities : event.entity === null ? [] : [event.entity]
    const { type, reference } = event
    if (reference === null || type.reference === undefined) return own
    const entity = this.#known.get(type.reference.event)?.get(reference)
    return typeof entity === 'string' ? [...own, entity] : own
  }

  #add(entity: string, publishedAt: Instant): void {
    keepEarliest(this.entities, entity, publishedAt)
  }

  #addReference(type: EventType, id: string | null | undefined, publishedAt: Instant): void {
    if (typeof id !== 'string' || type.reference === undefined) return
    keepEarliest(entryOf(this.references, type.reference.event), id, publishedAt)
  }
}

function keepEarliest(times: Map<string, Instant>, key: string, time: Instant): void {
  const known = times.get(key)
  if (known === undefined || time < known) times.set(key, time)
}

function entryOf<V>(maps: Map<EventType, Map<string, V>>, type: EventType): Map<string, V> {
  let found = maps.get(type)
  if (found === undefined) maps.set(type, (found = new Map()))
  return found
}
