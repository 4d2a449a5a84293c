import { createEventParser, type Fact } from '../../core/events/parse-event.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import type { Instant } from '../../core/time/instant.ts'

/** Makes facts as events of a set do; without data, tombstones. Throws for an event that makes none. */
export type CreateFact = (type: string, id: string, data: object | undefined, publishedAt: Instant) => Fact

export function factCreator(set: MetricSet): CreateFact {
  const parse = createEventParser(set)
  return (type, id, data, publishedAt) => {
    const tombstone = data === undefined
    const outcome = parse({ type, id, publishedAt, tombstone, data: { ...data }, textual: false })
    if (outcome.kind !== 'fact') throw new Error(JSON.stringify(outcome))
    return outcome.fact
  }
}
