import { createEventParser, type Fact } from '../../core/events/parse-event.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { Instant } from '../../core/time/instant.ts'

/** Makes facts as events of a set do; without data, tombstones. Throws for an event that makes none. */
export type CreateFact = (type: string, id: string, data: object | undefined, publishedAt: Instant) => Fact

export function factCreator(set: MetricSet): CreateFact {
  const parse = createEventParser(set)
  const idFields = new Map(set.events.map(({ name, id }) => [name, id?.name]))
  return (type, id, data, publishedAt) => {
    const idField = idFields.get(type)
    const all = { ...(idField === undefined ? {} : { [idField]: id }), ...data }
    const outcome = parse({ type, id, publishedAt, tombstone: data === undefined, data: all, textual: false })
    if (outcome.kind !== 'fact') throw new Error(JSON.stringify(outcome))
    return outcome.fact
  }
}
