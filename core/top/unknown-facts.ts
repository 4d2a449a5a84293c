import type { TopFacts } from './top-facts.ts'

/** Of a pipeline of which nothing is known but why. */
export function unknownFacts(
  { pipeline, place, at }: Pick<TopFacts, 'pipeline' | 'place' | 'at'>,
  why: string,
): TopFacts {
  return {
    pipeline,
    place,
    at,
    eventsPerSecond: null,
    arrivalsPerSecond: null,
    backlog: null,
    freshness: null,
    work: null,
    entities: null,
    deadLetters: null,
    workers: { ready: null, wanted: null, members: [] },
    scaling: null,
    composite: null,
    aggregation: null,
    streams: null,
    notes: [why],
  }
}
