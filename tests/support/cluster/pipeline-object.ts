import type { ApiObject } from './api-client.ts'

/** What a change does: the value at a path, or its absence. */
export type Changes = Readonly<Record<string, unknown>>

/** A small valid pipeline as a cluster takes it, with one of everything that rules are about. */
const PIPELINE = {
  apiVersion: 'metricspipelines.io/v1alpha1',
  kind: 'MetricsPipeline',
  metadata: { name: 'flights' },
  spec: {
    source: {
      redisStreams: {
        connection: { secretKeyRef: { name: 'redis', key: 'url' } },
        streams: ['flights:departures'],
      },
    },
    database: { connection: { secretKeyRef: { name: 'postgres', key: 'url' } }, schema: 'flights' },
    metrics: {
      windows: ['7d', '30d'],
      debounce: { quiet: '1s', maxWait: '2s' },
      definition: {
        entity: 'airport',
        events: {
          departure: {
            entity: 'origin',
            at: 'scheduledAt',
            streams: ['flights:departures'],
            fields: {
              origin: { type: 'string' },
              scheduledAt: { type: 'timestamp' },
              delayMinutes: { type: 'integer' },
            },
          },
        },
        accumulators: {
          departures: { count: 'departure' },
          on_time: { count: 'departure', where: { delayMinutes: { atMost: 15 } } },
        },
        metrics: {
          departures: { value: 'departures' },
          on_time_rate: { percent: ['on_time', 'departures'], decimals: 2 },
        },
      },
    },
    workers: {},
    aggregation: {},
    telemetry: {},
  },
} as const

/** The pipeline with something changed: `{ 'spec.workers.replicas': 3, 'spec.database.schema': undefined }`. */
export function pipelineObject(changes: Changes = {}): ApiObject {
  const object: ApiObject = structuredClone(PIPELINE)
  for (const [path, value] of Object.entries(changes)) setAt(object, path.split('.'), value)
  return object
}

function setAt(object: ApiObject, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) setAt((object[name] ??= {}), rest, value)
  else if (value === undefined) delete object[name]
  else object[name] = structuredClone(value)
}
