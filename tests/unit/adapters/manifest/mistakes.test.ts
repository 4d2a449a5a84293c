import { describe, expect, test } from 'vitest'
import { parsePipeline } from '../../../../adapters/manifest/parse-pipeline.ts'
import { PIPELINE, pipelineWith } from './pipeline-text.ts'

function problemsIn(text: string): readonly string[] {
  const parsed = parsePipeline(text, 'flights.yaml')
  return 'problems' in parsed ? parsed.problems : []
}

/** The pipeline with lines added under `spec`. */
function withSpec(...lines: string[]): string {
  return `${PIPELINE}${lines.map((line) => `  ${line}\n`).join('')}`
}

/** The pipeline with a composite in line 30 and, in line 31, what it says of it. */
function scoredWith(composite: string): string {
  const declared =
    'composite: { name: punctuality, over: Rows, inputs: { onTime: { ratio: [on_time, departures] } }, weights: { onTime: 100 }, score: [{ plus: onTime, times: onTime }], decimals: 1, sample: departures }'
  return `${PIPELINE}      ${declared}\n  composite: ${composite}\n`
}

describe('each mistake is told with its place and its remedy', () => {
  test.each([
    [
      'another version of the schema',
      pipelineWith('io/v1alpha1', 'io/v1'),
      '1: apiVersion: must be metricspipelines.io/v1alpha1, not "metricspipelines.io/v1"',
    ],
    [
      'a mistyped kind, in a file of its own',
      pipelineWith('kind: MetricsPipeline', 'kind: MetricPipeline'),
      '2: kind: must be MetricsPipeline, not "MetricPipeline"',
    ],
    ['no version', pipelineWith('apiVersion', '# '), '2: apiVersion: missing; write metricspipelines.io/v1alpha1'],
    [
      'no name',
      pipelineWith('  name: airport-departures', '  namespace: metrics'),
      '3: metadata.name: missing; write a text',
    ],
    [
      'a name that no process could have',
      pipelineWith('name: airport-departures', 'name: Airport Departures'),
      '4: metadata.name: "Airport Departures" is no pipeline name; write up to 40 lower-case letters, digits and -, beginning with a letter',
    ],
    [
      'a field that nobody knows',
      withSpec('kafka: {}'),
      '30: spec.kafka: unknown field; known here are suspend, image, upgrade, source, database, metrics, composite, workers, aggregation, telemetry',
    ],
    ['a mistyped section', withSpec('worker: {}'), '30: spec.worker: unknown field; did you mean workers?'],
    [
      'a mistyped field',
      pipelineWith('windows:', 'widnows:'),
      '11: spec.metrics.widnows: unknown field; did you mean windows?',
    ],
    [
      'a field in the wrong case',
      pipelineWith('maxWait', 'maxwait'),
      '12: spec.metrics.debounce.maxwait: unknown field; did you mean maxWait?',
    ],
    ['a section that is a text', withSpec('workers: many'), '30: spec.workers: must be an object, not "many"'],
    [
      'no streams',
      pipelineWith('streams: [flights:departures]\n  database', 'consumerGroup: g\n  database'),
      '7: spec.source.redisStreams: nothing says what to read; write streams or sharded',
    ],
    [
      'streams and shards',
      pipelineWith(
        'streams: [flights:departures]\n  database',
        'streams: [flights:departures]\n      sharded: { prefix: flights, shards: 8 }\n  database',
      ),
      '8: spec.source.redisStreams.streams: a source has either streams or sharded; remove one',
    ],
    [
      'a prefix with braces',
      pipelineWith(
        'streams: [flights:departures]\n  database',
        'sharded: { prefix: "{flights}", shards: 8 }\n  database',
      ),
      '8: spec.source.redisStreams.sharded.prefix: "{flights}" is no prefix of streams; write 1 to 200 characters without spaces and braces',
    ],
    [
      'no shards at all',
      pipelineWith('streams: [flights:departures]\n  database', 'sharded: { prefix: flights, shards: 0 }\n  database'),
      '8: spec.source.redisStreams.sharded.shards: must be at least 1, is 0',
    ],
    [
      'an event routed by a field it does not have',
      pipelineWith('entity: origin', 'entity: origin\n          routeBy: orgin'),
      '18: spec.metrics.definition.events.departure.routeBy: "orgin" is no field of this event; did you mean "origin"?',
    ],
    [
      'an empty list of streams',
      pipelineWith('streams: [flights:departures]\n  database', 'streams: []\n  database'),
      '8: spec.source.redisStreams.streams: must have at least 1 item, has 0',
    ],
    [
      'a stream with a space',
      pipelineWith('streams: [flights:departures]\n  database', 'streams: ["flights departures"]\n  database'),
      '8: spec.source.redisStreams.streams[0]: "flights departures" is no name of a stream; write 1 to 400 characters without spaces',
    ],
    [
      'a stream twice',
      pipelineWith(
        'streams: [flights:departures]\n  database',
        'streams: [flights:departures, flights:departures]\n  database',
      ),
      '8: spec.source.redisStreams.streams[1]: "flights:departures" is also streams[0]; name each stream once',
    ],
    [
      'the stream of dead letters',
      pipelineWith(
        'streams: [flights:departures]\n  database',
        'streams: [flights:departures, flights:dead_letter]\n  database',
      ),
      '8: spec.source.redisStreams.streams[1]: "flights:dead_letter" is where refused entries go; reading it would refuse them again and again',
    ],
    [
      'no stream for an event type that is counted',
      pipelineWith(
        'streams: [flights:departures]\n          fields',
        'streams: [flights:arrivals]\n          fields',
      ).replace(
        '      accumulators',
        '        other: { streams: [flights:departures], ignore: never counted, fields: {} }\n      accumulators',
      ),
      '8: spec.source.redisStreams.streams: no stream brings departure; add flights:arrivals, or name the table that holds it in spec.metrics.tables',
    ],
    [
      'a number as a text',
      pipelineWith('schema: flights', 'maxConnections: "40"'),
      '9: spec.database.maxConnections: must be a whole number, not the text "40"; remove the quotes',
    ],
    [
      'a text as a number',
      pipelineWith('schema: flights', 'schema: 2024'),
      '9: spec.database.schema: must be a text, not 2024; put it in quotes',
    ],
    [
      'half a connection',
      pipelineWith('schema: flights', 'maxConnections: 40.5'),
      '9: spec.database.maxConnections: must be a whole number, not 40.5',
    ],
    [
      'yes for true',
      pipelineWith('schema: flights', 'migrate: yes'),
      '9: spec.database.migrate: must be true or false, not "yes"',
    ],
    [
      'a schema that PostgreSQL would fold',
      pipelineWith('schema: flights', 'schema: Flights'),
      '9: spec.database.schema: "Flights" is no schema name; write lower-case letters, digits and _, beginning with a letter but not with pg_',
    ],
    [
      'a Secret without its key',
      pipelineWith('schema: flights', 'connection: { secretKeyRef: { name: postgres } }'),
      '9: spec.database.connection.secretKeyRef.key: missing; write a text',
    ],
    [
      'too few connections for all processes',
      withSpec('workers: { replicas: 30, scaling: { mode: Off } }'),
      '9: spec.database.maxConnections: 40 is too few for 30 workers and 1 aggregation shards; write at least 66',
    ],
    [
      'too few connections for the fewest workers',
      withSpec('workers: { scaling: { minReplicas: 30, maxReplicas: 40 } }'),
      '9: spec.database.maxConnections: 40 is too few for 30 workers and 1 aggregation shards; write at least 66',
    ],
    [
      'a window of no known length',
      pipelineWith('[7d, 30d]', '[7x]'),
      '11: spec.metrics.windows[0]: "7x" is no duration; write one such as 7d',
    ],
    [
      'a window of hours',
      pipelineWith('[7d, 30d]', '[7d, 36h]'),
      '11: spec.metrics.windows[1]: "36h" is no whole number of days; write one such as 7d',
    ],
    [
      'an empty window',
      pipelineWith('[7d, 30d]', '[0d]'),
      '11: spec.metrics.windows[0]: "0d" is not between 1d and 3650d; write one such as 7d',
    ],
    [
      'a window twice',
      pipelineWith('[7d, 30d]', '[7d, 168h]'),
      '11: spec.metrics.windows[1]: 7 days are listed already',
    ],
    [
      'a duration that no number holds',
      pipelineWith('quiet: 1s', 'quiet: 999999999999d'),
      '12: spec.metrics.debounce.quiet: "999999999999d" is not between 0s and 1d; write one such as 30s',
    ],
    [
      'a pause longer than the longest wait',
      pipelineWith('quiet: 1s', 'quiet: 5s'),
      '12: spec.metrics.debounce.quiet: "5s" is longer than maxWait, "2s"; an entity cannot wait for a pause longer than it waits at all',
    ],
    [
      'a mistyped choice',
      pipelineWith('windows: [7d, 30d]', 'windowAlignment: utcday'),
      '11: spec.metrics.windowAlignment: must be one of UtcDay, Sliding, not "utcday"; did you mean UtcDay?',
    ],
    [
      'both a set and a definition',
      pipelineWith('windows: [7d, 30d]', 'set: TutorPerformance'),
      '11: spec.metrics.set: a pipeline has either a built-in set or a definition; remove one',
    ],
    [
      'an unknown event type with a table',
      pipelineWith('windows: [7d, 30d]', 'tables: { depature: flights }'),
      '11: spec.metrics.tables.depature: "depature" is no event type; did you mean "departure"?',
    ],
    [
      'tier rules that there are not',
      pipelineWith('windows: [7d, 30d]', 'tierRules: Strict'),
      '11: spec.metrics.tierRules: "Strict" is no tier rule set; there is none',
    ],
    [
      'an unknown name in the definition',
      pipelineWith('at: scheduledAt', 'at: scheduldAt'),
      '18: spec.metrics.definition.events.departure.at: "scheduldAt" is no field of this event; did you mean "scheduledAt"?',
    ],
    [
      'an unknown type of field',
      pipelineWith('delayMinutes: { type: integer }', 'delayMinutes: { type: int }'),
      '23: spec.metrics.definition.events.departure.fields.delayMinutes.type: must be one of string, strings, integer, decimal, boolean, timestamp, not "int"',
    ],
    [
      'an accumulator of no known kind',
      pipelineWith('departures: { count: departure }', 'departures: { cuont: departure }'),
      '25: spec.metrics.definition.accumulators.departures: must have exactly one of count, sum; did you mean count instead of cuont?',
    ],
    [
      'an accumulator of two kinds',
      pipelineWith('departures: { count: departure }', 'departures: { count: departure, sum: departure.delayMinutes }'),
      '25: spec.metrics.definition.accumulators.departures: must have exactly one of count, sum, has count and sum',
    ],
    [
      'a mistyped test',
      pipelineWith('atMost: 15', 'atMst: 15'),
      '26: spec.metrics.definition.accumulators.on_time.where.delayMinutes.atMst: unknown field; did you mean atMost?',
    ],
    [
      'a value in place of a test',
      pipelineWith('{ atMost: 15 }', '15'),
      '26: spec.metrics.definition.accumulators.on_time.where.delayMinutes: must be a test such as { equals: 15 }',
    ],
    [
      'a condition that is none',
      pipelineWith('{ delayMinutes: { atMost: 15 } }', 'late'),
      '26: spec.metrics.definition.accumulators.on_time.where: must be a condition such as { delayMinutes: { atMost: 15 } }, or one of all, any, not, compare',
    ],
    [
      'a join of no list',
      pipelineWith('{ delayMinutes: { atMost: 15 } }', '{ all: { delayMinutes: { atMost: 15 } } }'),
      '26: spec.metrics.definition.accumulators.on_time.where.all: must be a list, not {"delayMinutes":{"atMost":15}}',
    ],
    [
      'a metric of no known kind',
      pipelineWith('{ value: departures }', '5'),
      '28: spec.metrics.definition.metrics.departures: must be an object with exactly one of value, ratio, percent, weighted, coverage',
    ],
    [
      'a metric that says only how it is rounded',
      pipelineWith('percent: [on_time, departures], ', ''),
      '29: spec.metrics.definition.metrics.on_time_rate: must have exactly one of value, ratio, percent, weighted, coverage',
    ],
    [
      'a metric without its decimals',
      pipelineWith(', decimals: 2', ''),
      '29: spec.metrics.definition.metrics.on_time_rate.decimals: missing; write a whole number',
    ],
    [
      'a quotient of one',
      pipelineWith('[on_time, departures]', '[on_time]'),
      '29: spec.metrics.definition.metrics.on_time_rate.percent: must have at least 2 items, has 1',
    ],
    [
      'fewer than no workers',
      withSpec('workers: { replicas: -1 }'),
      '30: spec.workers.replicas: must be at least 0, is -1',
    ],
    [
      'more workers at least than at most',
      withSpec('workers: { scaling: { minReplicas: 3, maxReplicas: 2 } }'),
      '30: spec.workers.scaling.minReplicas: 3 is more than maxReplicas, 2',
    ],
    [
      'no worker at most',
      withSpec('workers: { scaling: { maxReplicas: 0 } }'),
      '30: spec.workers.scaling.maxReplicas: must be at least 1, is 0',
    ],
    [
      'an unknown way of scaling',
      withSpec('workers: { scaling: { mode: KEDA } }'),
      '30: spec.workers.scaling.mode: must be one of Internal, External, Advisory, Off, not "KEDA"',
    ],
    [
      'half a second for an event',
      withSpec('workers: { scaling: { targetLatency: 500ms } }'),
      '30: spec.workers.scaling.targetLatency: "500ms" is not between 1s and 1d; write one such as 30s',
    ],
    [
      'an image with a space',
      withSpec('image: "registry/mp: 1"'),
      '30: spec.image: "registry/mp: 1" is no image; write one such as registry.example/metrics-pipeline-operator:0.1.0',
    ],
    [
      'an unknown way of upgrading',
      withSpec('upgrade: automatic'),
      '30: spec.upgrade: must be one of Manual, Automatic, not "automatic"; did you mean Automatic?',
    ],
    [
      'half a byte in an odd unit',
      withSpec('workers: { resources: { limits: { memory: 1.5GB } } }'),
      '30: spec.workers.resources.limits.memory: "1.5GB" is no quantity; write one such as 256Mi',
    ],
    [
      'a processor divided by a comma',
      withSpec('workers: { resources: { requests: { cpu: "0,5" } } }'),
      '30: spec.workers.resources.requests.cpu: "0,5" is no quantity; write one such as 500m',
    ],
    [
      'a fraction that YAML takes for a number',
      withSpec('workers: { resources: { requests: { cpu: 0.5 } } }'),
      '30: spec.workers.resources.requests.cpu: 0.5 is no quantity; write one such as 500m',
    ],
    [
      'more asked for than may be used',
      withSpec('aggregation: { resources: { requests: { memory: 1Gi }, limits: { memory: 1000Mi } } }'),
      '30: spec.aggregation.resources.requests.memory: "1Gi" is more than limits.memory, "1000Mi"; lower it, or raise the limit',
    ],
    [
      'an affinity of no known kind',
      withSpec('workers: { affinity: { nodeAfinity: {} } }'),
      '30: spec.workers.affinity.nodeAfinity: unknown field; did you mean nodeAffinity?',
    ],
    [
      'a taint that is tolerated in no known way',
      withSpec('workers: { tolerations: [{ operator: Equals }] }'),
      '30: spec.workers.tolerations[0].operator: must be one of Exists, Equal, not "Equals"; did you mean Equal?',
    ],
    [
      'a spread over nothing',
      withSpec('workers: { topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: ScheduleAnyway }] }'),
      '30: spec.workers.topologySpreadConstraints[0].topologyKey: missing; write a text',
    ],
    [
      'a number as an annotation',
      withSpec('workers: { podAnnotations: { port: 8080 } }'),
      '30: spec.workers.podAnnotations.port: must be a text, not 8080; put it in quotes',
    ],
    [
      'a variable that the pipeline sets itself',
      withSpec('workers: { env: [{ name: DATABASE_URL, value: "postgres://me@db/shops" }] }'),
      '30: spec.workers.env[0].name: "DATABASE_URL" is set by the pipeline itself; remove it',
    ],
    [
      'a variable twice',
      withSpec('workers: { env: [{ name: TZ, value: UTC }, { name: TZ, value: CET }] }'),
      '30: spec.workers.env[1].name: "TZ" is also env[0]; name each variable once',
    ],
    [
      'too large a batch',
      withSpec('workers: { batchSize: 20000 }'),
      '30: spec.workers.batchSize: must be at most 10000, is 20000',
    ],
    [
      'a schedule of no known form',
      withSpec('aggregation: { schedule: daily }'),
      '30: spec.aggregation.schedule: "daily" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a schedule with seconds',
      withSpec('aggregation: { schedule: 0 0 2 * * * }'),
      '30: spec.aggregation.schedule: "0 0 2 * * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a minute that no hour has',
      withSpec('aggregation: { schedule: 61 2 * * * }'),
      '30: spec.aggregation.schedule: "61 2 * * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'the last day of a month, which only some crons know',
      withSpec('aggregation: { schedule: 0 2 L * * }'),
      '30: spec.aggregation.schedule: "0 2 L * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a Sunday that only some crons know',
      withSpec('aggregation: { schedule: 0 2 * * 7 }'),
      '30: spec.aggregation.schedule: "0 2 * * 7" names a day 7, which Kubernetes does not know; write 0 for Sunday',
    ],
    [
      'the same in a range',
      withSpec('aggregation: { schedule: "0 2 * * 1,5-7" }'),
      '30: spec.aggregation.schedule: "0 2 * * 1,5-7" names a day 7, which Kubernetes does not know; write 0 for Sunday',
    ],
    [
      'a step from somewhere, which only Kubernetes knows',
      withSpec('aggregation: { schedule: 5/10 2 * * * }'),
      '30: spec.aggregation.schedule: "5/10 2 * * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a range the wrong way round',
      withSpec('aggregation: { schedule: 0 2 * * FRI-MON }'),
      '30: spec.aggregation.schedule: "0 2 * * FRI-MON" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a day that never comes',
      withSpec('aggregation: { schedule: 0 2 31 2 * }'),
      '30: spec.aggregation.schedule: "0 2 31 2 *" never comes; write a day that its month has',
    ],
    [
      'a mistyped time zone',
      withSpec('aggregation: { timeZone: Europe/Berlim }'),
      '30: spec.aggregation.timeZone: "Europe/Berlim" is no time zone; did you mean Europe/Berlin?',
    ],
    [
      'an offset as a time zone',
      withSpec('aggregation: { timeZone: "+02:00" }'),
      '30: spec.aggregation.timeZone: "+02:00" is no time zone; write one such as Etc/UTC or Europe/Berlin',
    ],
    [
      'a run without an attempt',
      withSpec('aggregation: { maxRetries: 0 }'),
      '30: spec.aggregation.maxRetries: must be at least 1, is 0',
    ],
    [
      'a retention of hours',
      withSpec('aggregation: { retention: 12h }'),
      '30: spec.aggregation.retention: "12h" is no whole number of days; write one such as 90d',
    ],
    [
      'more than everything',
      withSpec('aggregation: { parity: { sample: 101% } }'),
      '30: spec.aggregation.parity.sample: "101%" is no percentage from 0% to 100%; write one such as 100%',
    ],
    [
      'a score that nothing declares',
      withSpec('composite: {}'),
      '30: spec.composite: the metric set declares no composite; remove this, or add one to spec.metrics.definition',
    ],
    [
      'scores as far apart as they may be old',
      scoredWith('{ minInterval: 30s }'),
      '31: spec.composite.minInterval: "30s" is too close to maxStale, "30s"; write a maxStale that is at least 14s longer, for so long it may take until a score is replaced',
    ],
    [
      'no event that would make a score worth while',
      scoredWith('{ eventThreshold: 0 }'),
      '31: spec.composite.eventThreshold: must be at least 1, is 0',
    ],
    [
      'a strategy that there is not',
      scoredWith('{ strategy: hybrid }'),
      '31: spec.composite.strategy: must be one of TimeBased, EventBased, Hybrid, Background, not "hybrid"; did you mean Hybrid?',
    ],
    [
      'a mistyped weight',
      scoredWith('{ weights: { onTme: 90 } }'),
      '31: spec.composite.weights.onTme: "onTme" is no weight of punctuality; did you mean "onTime"?',
    ],
    [
      'a weight beyond all measure',
      scoredWith('{ weights: { onTime: 2000000 } }'),
      '31: spec.composite.weights.onTime: must lie between -1000000 and 1000000, with at most 6 digits after the point',
    ],
    [
      'a term that both adds and takes off',
      scoredWith('{}').replace('[{ plus', '[{ minus: onTime, plus'),
      '30: spec.metrics.definition.composite.score[0]: must have exactly one of plus, minus, has minus and plus',
    ],
    [
      'an input of two formulas',
      scoredWith('{}').replace('onTime: { ratio', 'onTime: { value: departures, ratio'),
      '30: spec.metrics.definition.composite.inputs.onTime: must have exactly one of value, ratio, percent, has value and ratio',
    ],
    [
      'a log level of another logger',
      withSpec('telemetry: { logLevel: trace }'),
      '30: spec.telemetry.logLevel: must be one of debug, info, warn, error, not "trace"',
    ],
    [
      'a collector without a scheme',
      withSpec('telemetry: { otlpEndpoint: "collector:4318" }'),
      '30: spec.telemetry.otlpEndpoint: "collector:4318" is no endpoint of a collector; write one such as http://collector.observability:4318, without credentials',
    ],
    [
      'credentials of a collector for everybody to read',
      withSpec('telemetry: { otlpEndpoint: "https://me:secret@collector:4318" }'),
      '30: spec.telemetry.otlpEndpoint: "https://me:***@collector:4318" is no endpoint of a collector; write one such as http://collector.observability:4318, without credentials',
    ],
    [
      'a protocol that OTLP does not have',
      withSpec('telemetry: { otlpProtocol: thrift }'),
      '30: spec.telemetry.otlpProtocol: must be one of http/protobuf, http/json, grpc, not "thrift"',
    ],
    [
      'a ratio for a percentage',
      withSpec('telemetry: { traceSampling: "0.01" }'),
      '30: spec.telemetry.traceSampling: "0.01" is no percentage from 0% to 100%; write one such as 1%',
    ],
    [
      'headers for telemetry in the open',
      withSpec('workers: { env: [{ name: OTEL_EXPORTER_OTLP_HEADERS, value: "api-key=secret" }] }'),
      '30: spec.workers.env[0].name: "OTEL_EXPORTER_OTLP_HEADERS" is set by the pipeline itself; remove it',
    ],
  ])('%s', (_mistake, text, problem) => {
    expect(problemsIn(text)).toEqual([`flights.yaml:${problem}`])
  })
})

describe('what is no pipeline at all', () => {
  test.each([
    ['an empty file', '', '1: no MetricsPipeline in here, for it is empty'],
    ['comments only', '# soon\n---\n', '1: no MetricsPipeline in here, for it is empty'],
    ['a text', 'metrics', '1: must be an object, not "metrics"'],
    [
      'a key twice',
      pipelineWith('  source:', '  database: {}\n  source:'),
      '10: database is written twice in one object; keep one of them',
    ],
    ['two pipelines', `${PIPELINE}---\n${PIPELINE}`, '31: a second MetricsPipeline begins here; keep one per file'],
    [
      'other objects only',
      'kind: Secret\n---\nkind: ConfigMap\n',
      '1: no MetricsPipeline in here, only Secret, ConfigMap',
    ],
    [
      'an alias to nothing',
      'kind: *nothing',
      '1: *nothing stands for nothing; write &nothing before what it is to repeat, further up',
    ],
    [
      'an alias to nothing, further down',
      pipelineWith('[7d, 30d]', '*windows'),
      '11: *windows stands for nothing; write &windows before what it is to repeat, further up',
    ],
    ['tabs', pipelineWith('  name:', '\tname:'), '4: Tabs are not allowed as indentation'],
  ])('%s', (_mistake, text, problem) => {
    expect(problemsIn(text)).toEqual([`flights.yaml:${problem}`])
  })
})

test('all problems come at once, in the order of their lines', () => {
  const text = pipelineWith('[7d, 30d]', '[7x]')
    .replace('name: airport-departures', 'name: 7')
    .replace('  source:', '  kafka: {}\n  source:')
    .replace('schema: flights', 'scheme: flights')
  expect(problemsIn(`${text}  workers: { replicas: -1 }\n`)).toEqual([
    'flights.yaml:4: metadata.name: must be a text, not 7; put it in quotes',
    'flights.yaml:6: spec.kafka: unknown field; known here are suspend, image, upgrade, source, database, metrics, composite, workers, aggregation, telemetry',
    'flights.yaml:10: spec.database.scheme: unknown field; did you mean schema?',
    'flights.yaml:12: spec.metrics.windows[0]: "7x" is no duration; write one such as 7d',
    'flights.yaml:31: spec.workers.replicas: must be at least 0, is -1',
  ])
})

test('mistakes between fields are told along with unknown fields and with mistakes in other sections', () => {
  const text = pipelineWith('quiet: 1s', 'quiet: 5s')
    .replace('at: scheduledAt', 'at: scheduldAt')
    .replace('    definition:', '    percentiles: []\n    definition:')
  expect(problemsIn(`${text}  workers: { replicas: -1 }\n`).map((line) => line.split(': ')[1])).toEqual([
    'spec.metrics.debounce.quiet',
    'spec.metrics.percentiles',
    'spec.metrics.definition.events.departure.at',
    'spec.workers.replicas',
  ])
})

test('what an alias stands for is found where it is written', () => {
  const text = pipelineWith('windows: [7d, 30d]', 'windows: [7d, 30d]\n    signals: &late { logins: Late }')
  expect(
    problemsIn(text.replace('origin: { type: string }', 'origin: *late')).map((line) => line.split(': ', 2)),
  ).toEqual([
    ['flights.yaml:12', 'spec.metrics.definition.events.departure.fields.origin.logins'],
    ['flights.yaml:12', 'spec.metrics.signals.logins'],
    ['flights.yaml:22', 'spec.metrics.definition.events.departure.fields.origin.type'],
  ])
})

test.each([
  [
    'a connection',
    '{ connection: "postgres://me:secret@host/db" }',
    'connection: must be an object, not "postgres://me:***@host/db"',
  ],
  [
    'the name of a Secret',
    '{ connection: { secretKeyRef: { name: "postgres://me:secret@host/db", key: url } } }',
    'connection.secretKeyRef.name: "postgres://me:***@host/db" is no name of a Secret',
  ],
])('a password that was put in place of %s is not told', (_what, database, problem) => {
  expect(problemsIn(pipelineWith('{ schema: flights }', database))).toEqual([
    `flights.yaml:9: spec.database.${problem}`,
  ])
})

test('a mistyped field is not told a second time by what its default contradicts', () => {
  expect(problemsIn(pipelineWith('quiet: 1s', 'quite: 1s'))).toEqual([
    'flights.yaml:12: spec.metrics.debounce.quite: unknown field; did you mean quiet?',
  ])
})
