import type { Fact } from '../../core/events/parse-event.ts'
import type { EventType, MetricSet, SetField } from '../../core/metric-sets/metric-set.ts'
import type { Value } from '../../core/metric-sets/value.ts'
import type { EntityFact } from '../../core/metrics/entity-fact.ts'

/**
 * What is to be left of these facts, in whatever order they come: of each id the highest version, deleted ones gone, references followed.
 * By entity, as core evaluates it.
 */
export function liveFacts(set: MetricSet, facts: readonly Fact[]): Map<string, readonly EntityFact[]> {
  const alive = [...Map.groupBy(facts, ({ type, id }) => `${type.name} ${id}`).values()]
    .map((versions) => versions.reduce((a, b) => (isHigher(b, a) ? b : a)))
    .filter(({ deleted }) => !deleted)
  const byId = new Map(alive.map((fact) => [`${fact.type.name} ${fact.id}`, fact]))
  const owned = alive.flatMap((fact) => {
    const owner =
      fact.type.reference === undefined ? fact : byId.get(`${fact.type.reference.event.name} ${fact.reference}`)
    return owner === undefined ? [] : [{ entity: owner.entity as string, fact: asEntityFact(fact, owner) }]
  })
  const byEntity = Map.groupBy(owned, ({ entity }) => entity)
  const known = set.events.flatMap((type) => facts.filter((fact) => fact.type === type && fact.entity !== null))
  return new Map(
    known.map(({ entity }) => [entity as string, (byEntity.get(entity as string) ?? []).map(({ fact }) => fact)]),
  )
}

function isHigher(a: Fact, b: Fact): boolean {
  return a.version > b.version || (a.version === b.version && BigInt(a.hash) > BigInt(b.hash))
}

/** A live fact as metrics see it; `owner` is the one that decides whose it is, itself where it refers to none. */
export function asEntityFact(fact: Fact, owner: Fact): EntityFact {
  const { type } = fact
  const ownAt = type.at?.through === 'own' ? fact.at : null
  const values = valuesOf(owner)
  return {
    type,
    at: type.at?.through === 'reference' ? (values[type.at.field.index] as number) : ownAt,
    values: valuesOf(fact),
    reference: type.reference === undefined ? null : values,
  }
}

/** By field: the engine keeps some in columns of its own. */
function valuesOf(fact: Fact): readonly Value[] {
  return fact.type.fields.map((field) => partOf(fact, fact.type, field))
}

function partOf(fact: Fact, type: EventType, field: SetField): Value {
  if (field === type.id) return fact.id
  if (field === type.entity) return fact.entity
  if (field === type.reference?.field) return fact.reference
  if (type.at?.through === 'own' && field === type.at.field) return fact.at
  if (field === type.version) return fact.version
  const stored = type.stored.indexOf(field)
  return stored === -1 ? null : (fact.values[stored] ?? null)
}
