import { oldestKept } from '../core/events/judge-age.ts'
import { createEventParser } from '../core/events/parse-event.ts'
import type { MetricSet } from '../core/metric-sets/metric-set.ts'
import type { Instant } from '../core/time/instant.ts'
import type { PrepareContext } from './prepare-batch.ts'

export interface ContextOptions {
  readonly set: MetricSet
  /** The pipeline's "now"; undefined while its data has told none yet. */
  readonly now: () => Instant | undefined
  readonly positionsOf: PrepareContext['positionsOf']
}

/** What batches are prepared with, as of the moment it is asked for. */
export function contextSource({ set, now, positionsOf }: ContextOptions): () => PrepareContext {
  const parse = createEventParser(set)
  const typeOfStream = new Map(set.events.flatMap((type) => type.streams.map((stream) => [stream, type.name] as const)))
  return () => {
    const asOf = now()
    return { parse, typeOfStream, oldestKept: asOf === undefined ? undefined : oldestKept(set, asOf), positionsOf }
  }
}
