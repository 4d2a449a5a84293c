/** Entities to be written in one transaction, in key order. */
export interface EntityBatch {
  /** The entity before the first of them; null at the beginning. */
  readonly after: string | null
  readonly entities: readonly string[]
}

export function halvesOf({ after, entities }: EntityBatch): readonly [EntityBatch, EntityBatch] {
  const middle = Math.ceil(entities.length / 2)
  const first = entities.slice(0, middle)
  return [
    { after, entities: first },
    { after: first.at(-1) ?? after, entities: entities.slice(middle) },
  ]
}
