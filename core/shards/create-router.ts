import { valueAt } from '../events/value-at.ts'
import type { EventType, MetricSet, SetField } from '../metric-sets/metric-set.ts'
import { shardOf } from './shard-of.ts'
import { type ShardedSource, shardStream } from './shard-streams.ts'

export interface RoutableEvent {
  readonly type: string
  readonly id?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The stream an event goes to; undefined where the pipeline has no stream for its type, or more than one. */
export type Router = (event: RoutableEvent) => string | undefined

/** Plain streams: each event type has its own, unless there is only one for all. */
export function createStreamRouter(set: MetricSet, streams: readonly string[]): Router {
  const only = streams.length === 1 ? streams[0] : undefined
  const streamOf = new Map(
    set.events.map((type) => [type.name, type.streams.find((stream) => streams.includes(stream)) ?? only]),
  )
  return ({ type }) => (streamOf.has(type) ? streamOf.get(type) : only)
}

/**
 * Shards: the stream of the key in the event type's `routeBy` field, so that one entity's events keep their order and meet in one batch.
 * An event without that key goes where its id leads: numbers never depend on routing.
 */
export function createShardRouter(set: MetricSet, { prefix, shards }: ShardedSource): Router {
  const keyFields = new Map(set.events.map((type) => [type.name, keyFieldOf(type)]))
  return ({ type, id, data }) => {
    const field = keyFields.get(type)
    const key = field === undefined ? undefined : valueAt(data, field.keys)
    const isKey = typeof key === 'string' || typeof key === 'number'
    return shardStream(prefix, shardOf(isKey ? String(key) : (id ?? type), shards))
  }
}

function keyFieldOf({ routeBy, entity, reference, id }: EventType): SetField | undefined {
  return routeBy ?? entity ?? reference?.field ?? id
}
