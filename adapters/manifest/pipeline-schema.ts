import * as z from 'zod'
import { BUILT_IN_METRIC_SETS } from '../../core/metric-sets/built-in.ts'
import { API_VERSION, KIND, type MetricsPipeline } from '../../core/pipeline/spec.ts'
import { clusterRules, DISTINCT } from './cluster-rules.ts'
import { definitionSchema } from './definition-schema.ts'
import { mapOf } from './map-of.ts'
import {
  COMPOSITE_DECLARED,
  CONNECTIONS_GIVEN,
  ENOUGH_CONNECTIONS,
  INTERVAL_WITHIN_AGE,
  LEAST_WITHIN_MOST,
  NO_DEAD_LETTERS,
  QUIET_WITHIN_MAX_WAIT,
  SCHEMA_STAYS,
  SET_OR_DEFINITION,
  SHARDED_STAYS,
  STREAMS_OR_SHARDED,
  WINDOWS_DIFFER,
} from './pipeline-rules.ts'
import { environmentSchema, placementFields, resourcesSchema } from './pod-schema.ts'
import type { SameType } from './same-type.ts'
import { scheduleText, timeZoneText } from './schedule-text.ts'
import { daysText, durationText, patternText, percentText } from './text-fields.ts'

const KUBERNETES_NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/

const connectionSchema = z
  .strictObject({
    secretKeyRef: z
      .strictObject({
        name: patternText(KUBERNETES_NAME, 'no name of a Secret', 253).describe(
          'The Secret, in the namespace of the pipeline.',
        ),
        key: patternText(/^[-._a-zA-Z0-9]+$/, 'no key of a Secret', 253).describe(
          'The key in it whose value is meant.',
        ),
      })
      .meta({ description: 'A key of a Secret.', 'x-kubernetes-map-type': 'atomic' }),
  })
  .meta({
    id: 'Connection',
    description: 'Where a cluster keeps what no file should show: a connection URL, or headers.',
  })

const redisStreamsSchema = z
  .strictObject({
    connection: connectionSchema
      .exactOptional()
      .describe(
        'Where the cluster keeps the Redis URL; needed there. On a laptop REDIS_URL in the environment wins; without either, a local Redis is used.',
      ),
    exporterConnection: connectionSchema
      .exactOptional()
      .describe('The same with lesser rights, for the process that only watches. Left out, it is `connection`.'),
    consumerGroup: patternText(/^\S+$/, 'no name of a consumer group; write 1 to 200 characters without spaces', 200)
      .exactOptional()
      .describe(
        "The consumer group that all workers of the pipeline share. Left out, it is the pipeline's name. Pipelines that read the same stream need one each, or each gets a part of it.",
      ),
    startFrom: z
      .enum(['Earliest', 'Latest'])
      .default('Earliest')
      .describe(
        'Where a consumer group that does not exist yet begins: at the oldest entry kept, or with entries added from now on.',
      ),
    streams: z
      .array(
        patternText(/^\S+$/, 'no name of a stream; write 1 to 400 characters without spaces', 400, NO_DEAD_LETTERS),
      )
      .min(1)
      .max(64)
      .meta(DISTINCT)
      .exactOptional()
      .describe('Plain streams to read, shared by all workers. Either these or `sharded`.'),
    sharded: z
      .strictObject({
        prefix: patternText(
          /^[^\s{}]+$/,
          'no prefix of streams; write 1 to 200 characters without spaces and braces',
          200,
        ).describe('What the names of the streams begin with: shard 0 of `orders` is `orders:{0}`.'),
        shards: z
          .int()
          .min(1)
          .max(256)
          .describe(
            'How many streams there are. Fixed once the first event is published; bounds how many workers can read.',
          ),
      })
      .exactOptional()
      .describe(
        "Streams of the pipeline's own, each with all its event types and read by one worker at a time. Producers route by entity. A cluster does not let it change once it is set.",
      ),
    claimIdle: durationText({ example: '30s', atLeast: '1s', atMost: '1d' })
      .default('30s')
      .describe('How long a delivered entry may wait for its consumer before another worker claims it.'),
  })
  .meta(clusterRules(...STREAMS_OR_SHARDED, SHARDED_STAYS))

/** PostgreSQL keeps names that begin with pg_ to itself; the alternatives say so without looking ahead. */
const SCHEMA_NAME = /^(?:[a-oq-z_][a-z0-9_]*|p(?:[a-fh-z0-9_][a-z0-9_]*)?|pg(?:[a-z0-9][a-z0-9_]*)?)$/

const databaseSchema = z.strictObject({
  connection: connectionSchema
    .exactOptional()
    .describe(
      'Where the cluster keeps the PostgreSQL URL; needed there. On a laptop DATABASE_URL in the environment wins; without either, an embedded PostgreSQL is used.',
    ),
  exporterConnection: connectionSchema
    .exactOptional()
    .describe('The same with lesser rights, for the process that only watches. Left out, it is `connection`.'),
  schema: patternText(
    SCHEMA_NAME,
    'no schema name; write lower-case letters, digits and _, beginning with a letter but not with pg_',
    63,
    SCHEMA_STAYS,
  )
    .default('public')
    .describe(
      "The schema that holds the pipeline's tables. One pipeline per schema. A cluster does not let it change.",
    ),
  maxConnections: z
    .int()
    .min(4)
    .max(10_000)
    .default(40)
    .describe('Most connections that all processes of the pipeline open together.'),
  migrate: z
    .boolean()
    .default(true)
    .describe('Whether tables are created and extended before the workers start. False: run `mp migrate` yourself.'),
})

const debounceSchema = z
  .strictObject({
    quiet: durationText({ example: '30s', atLeast: '0s', atMost: '1d' })
      .default('30s')
      .describe('An entity is evaluated once it had no event for this long. 0s evaluates right after each batch.'),
    maxWait: durationText({ example: '60s', atLeast: '0s', atMost: '1d' })
      .default('60s')
      .describe('An entity is evaluated after this long even if its events never pause.'),
  })
  .meta(clusterRules(QUIET_WITHIN_MAX_WAIT))

const metricsSchema = z
  .strictObject({
    set: z
      .enum(Object.keys(BUILT_IN_METRIC_SETS))
      .exactOptional()
      .describe('A built-in metric set. Either this or `definition`.'),
    definition: definitionSchema
      .exactOptional()
      .describe(
        'A metric set of your own: its events, what is counted over them, the metrics and the tiers. Either this or `set`.',
      ),
    windows: z
      .array(daysText({ example: '7d', atLeast: '1d', atMost: '3650d' }))
      .min(1)
      .max(8)
      .meta(clusterRules(WINDOWS_DIFFER))
      .default(['7d', '30d', '90d'])
      .describe('The windows over which each metric is kept, in whole days.'),
    windowAlignment: z
      .enum(['UtcDay', 'Sliding'])
      .default('UtcDay')
      .describe(
        'Where a window of N days begins: N days before the start of the current UTC day, or exactly N × 24 hours ago.',
      ),
    asOf: z
      .enum(['Clock', 'EventTime'])
      .default('Clock')
      .describe('When windows end: now, or at the latest event seen (for history that is replayed).'),
    debounce: debounceSchema
      .prefault({})
      .describe('How long changes of an entity are gathered before it is evaluated.'),
    signals: z
      .record(z.string(), z.enum(['Expected', 'Absent']))
      .exactOptional()
      .describe('Which parts of a weighted score this pipeline has events for. Default: what the metric set says.'),
    tables: z
      .record(z.string(), z.string())
      .exactOptional()
      .describe(
        'Event type to an existing table or view that holds its facts; entries of that type then only mark their entity.',
      ),
    tierRules: z
      .string()
      .min(1)
      .exactOptional()
      .describe("One of the metric set's tier rule sets. Default: `Default`."),
  })
  .meta(clusterRules(...SET_OR_DEFINITION))

const compositeSchema = z
  .strictObject({
    strategy: z
      .enum(['TimeBased', 'EventBased', 'Hybrid', 'Background'])
      .default('Hybrid')
      .describe(
        'What makes the score be calculated anew. `TimeBased`: time alone, every `minInterval`. `EventBased`: events alone; in silence it gets old. `Hybrid`: events, and time before it is older than `maxStale`. `Background`: a fixed rate, whatever happens.',
      ),
    minInterval: durationText({ example: '10s', atLeast: '1s', atMost: '1d' })
      .default('10s')
      .describe('Two scores are never stored closer together.'),
    maxStale: durationText({ example: '30s', atLeast: '1s', atMost: '7d' })
      .default('30s')
      .describe('No score gets older while a worker runs and its servers answer, but for `EventBased`.'),
    eventThreshold: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(100)
      .describe('After so many events a new score is worth while, though the last one is not too old.'),
    weights: mapOf(z.number(), 64)
      .exactOptional()
      .describe("Weights of the score by name, in place of those that the metric set's composite has."),
    historyLimit: z
      .int()
      .min(1)
      .max(100_000)
      .default(10_000)
      .describe('How many scores are kept for each scope, the one that stands among them.'),
  })
  .meta(clusterRules(INTERVAL_WITHIN_AGE))

/** What a plan keeps to also while the rest of its object is not valid, so that it is read by itself too. */
export const scalingSchema = z
  .strictObject({
    mode: z
      .enum(['Internal', 'External', 'Advisory', 'Off'])
      .default('Internal')
      .describe(
        'Who says how many workers run. `Internal`: the operator, or `mp up`, by the backlog. `External`: a scaler such as KEDA or a HorizontalPodAutoscaler, which writes `replicas` through the scale subresource. `Advisory`: `replicas`, and the status says what `Internal` would do. `Off`: `replicas`.',
      ),
    minReplicas: z
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('The fewest workers. 0: none run while there is nothing to do; the first message wakes one.'),
    maxReplicas: z
      .int()
      .min(1)
      .max(64)
      .default(8)
      .describe(
        "The most workers, as far as shards and `database.maxConnections` leave room. In mode External the scaler's own limit should be the same: connections are divided for so many.",
      ),
    targetLatency: durationText({ example: '30s', atLeast: '1s', atMost: '1d' })
      .default('30s')
      .describe('How old the oldest event that is not processed may become. Shorter: more workers, sooner.'),
    idleAfter: durationText({ example: '5m', atLeast: '1s', atMost: '7d' })
      .default('5m')
      .describe('How long there must have been nothing to do before the last worker goes.'),
  })
  .meta(clusterRules(LEAST_WITHIN_MOST))

const workersSchema = z.strictObject({
  replicas: z
    .int()
    .min(0)
    .max(64)
    .default(1)
    .describe(
      'How many workers run in the modes External, Advisory and Off of `scaling`; `kubectl scale` sets it. Without meaning in Internal.',
    ),
  scaling: scalingSchema.prefault({}).describe('How many workers run, and who says so.'),
  batchSize: z.int().min(1).max(10_000).default(500).describe('Most entries that a worker reads and commits at once.'),
  resources: resourcesSchema('256Mi').describe('What each worker gets. Given, it replaces the whole default.'),
  ...placementFields,
  podAnnotations: z.record(z.string(), z.string()).exactOptional().describe('Annotations of the worker pods.'),
  env: environmentSchema
    .exactOptional()
    .describe('Further environment variables of the workers. What the pipeline tells them itself cannot be set.'),
})

const aggregationSchema = z.strictObject({
  schedule: scheduleText()
    .default('0 2 * * *')
    .describe('When the daily aggregation runs, as five cron fields: minute, hour, day of month, month, day of week.'),
  timeZone: timeZoneText()
    .default('Etc/UTC')
    .describe('The time zone of the schedule. Windows and run dates are in UTC whatever it is.'),
  shards: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('How many processes share one run, each with its range of entities.'),
  batchSize: z.int().min(1).max(10_000).default(500).describe('Entities per database commit.'),
  maxRetries: z.int().min(1).max(100).default(3).describe('Attempts at a batch in all before the run ends.'),
  retryDelay: durationText({ example: '5s', atLeast: '0s', atMost: '1h' })
    .default('5s')
    .describe('The wait between attempts.'),
  includeInactive: z.boolean().default(false).describe('Whether inactive entities are aggregated too.'),
  retention: daysText({ example: '90d', atLeast: '1d', atMost: '36500d' })
    .default('90d')
    .describe('How long daily rows are kept, in whole days.'),
  parity: z
    .strictObject({
      sample: percentText({ example: '100%' })
        .default('100%')
        .describe(
          'The share of entities whose live row is compared with a recomputation from the facts. 0% compares none.',
        ),
    })
    .prefault({})
    .describe('The check that live rows equal a recomputation.'),
  resources: resourcesSchema('512Mi').describe(
    'What each process of a run gets, migrations and day rolls included. Given, it replaces the whole default.',
  ),
})

const telemetrySchema = z.strictObject({
  serviceMonitor: z
    .boolean()
    .default(true)
    .describe('Whether a cluster that has the Prometheus operator is told to scrape the pipeline.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least severe log lines that processes write.'),
  otlpEndpoint: patternText(
    /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#@]*)?$/,
    'no endpoint of a collector; write one such as http://collector.observability:4318, without credentials',
    500,
  )
    .exactOptional()
    .describe(
      'Where workers and the daily runs send spans, by OTLP. Left out, they make none. On a laptop OTEL_* in the environment wins.',
    ),
  otlpProtocol: z
    .enum(['http/protobuf', 'http/json', 'grpc'])
    .exactOptional()
    .describe('What OTLP is spoken over. Left out: `http/protobuf`.'),
  otlpHeaders: connectionSchema
    .exactOptional()
    .describe(
      'Where the cluster keeps the headers of each request, such as credentials: `name=value` with commas between, as in OTEL_EXPORTER_OTLP_HEADERS.',
    ),
  otlpMetrics: z
    .boolean()
    .exactOptional()
    .describe('Whether the metrics of workers are sent there too. Left out, they are scraped only.'),
  traceSampling: percentText({ example: '1%' })
    .exactOptional()
    .describe(
      'The share of traces that are recorded, of those that begin in a process of the pipeline. An event whose trace is recorded by its producer is always followed. Left out: 1%.',
    ),
})

const IMAGE =
  /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,128})?$/

export const specSchema = z
  .strictObject({
    suspend: z
      .boolean()
      .default(false)
      .describe(
        'True: workers finish what they hold and end, and nothing is scheduled. What the streams hold stays there.',
      ),
    image: patternText(IMAGE, 'no image; write one such as registry.example/metrics-pipeline-operator:0.1.0', 500)
      .exactOptional()
      .describe(
        'The image that the processes run in a cluster. Left out, it is the one that the operator has when the object is created.',
      ),
    upgrade: z
      .enum(['Manual', 'Automatic'])
      .default('Manual')
      .describe(
        'What follows from a newer operator: `Manual` reports that there is a newer image, `Automatic` rolls it out. Without meaning where `image` is given.',
      ),
    source: z
      .strictObject({ redisStreams: redisStreamsSchema.describe('Redis Streams.') })
      .describe('Where events come from.'),
    database: databaseSchema.prefault({}).describe('Where facts and metrics are kept: PostgreSQL.'),
    metrics: metricsSchema.describe('What is measured.'),
    composite: compositeSchema
      .exactOptional()
      .describe(
        'When the score that the metric set declares is calculated. Left out, it is not. A change restarts no worker.',
      ),
    workers: workersSchema.prefault({}).describe('The processes that read events and keep metrics fresh.'),
    aggregation: aggregationSchema
      .prefault({})
      .describe('The daily run that writes daily rows, removes old ones and checks parity.'),
    telemetry: telemetrySchema.prefault({}).describe('What the processes tell about themselves.'),
  })
  .meta(clusterRules(ENOUGH_CONNECTIONS, COMPOSITE_DECLARED, ...CONNECTIONS_GIVEN))

/** The whole object. Its name is checked by Kubernetes too. Other metadata than the name is Kubernetes's own and left alone. */
export const pipelineSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe('The version of this schema.'),
    kind: z.literal(KIND).describe('The kind of object.'),
    metadata: z
      .object({
        name: patternText(
          /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/,
          'no pipeline name; write up to 40 lower-case letters, digits and -, beginning with a letter',
          40,
        ).describe("Names the pipeline's processes and objects: up to 40 lower-case letters, digits and -."),
      })
      .describe('The metadata that every Kubernetes object has.'),
    spec: specSchema.describe('What the pipeline should be.'),
  })
  .describe('Metrics over windows of an event stream, kept fresh in PostgreSQL.')

true satisfies SameType<z.output<typeof pipelineSchema>, MetricsPipeline>
