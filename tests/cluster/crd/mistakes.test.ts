import { beforeAll, describe, expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { parsePipelineObject } from '../../../adapters/manifest/parse-pipeline-object.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd } from '../../support/cluster/pipeline-fixture.ts'
import { type Changes, pipelineObject } from '../../support/cluster/pipeline-object.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'

// What a user is told of each mistake by an API server, at once, and by `mp validate`, before.

const PIPELINES = '/apis/metricspipelines.io/v1alpha1/namespaces/default/metricspipelines'

let plane: OwnCluster

beforeAll(async () => {
  plane = await sharedControlPlane()
  await installCrd(plane)
})

/** With a score in its metric set. */
const SCORED: Changes = {
  'spec.composite': {},
  'spec.metrics.definition.composite': {
    name: 'punctuality',
    over: 'Rows',
    inputs: { onTime: { ratio: ['on_time', 'departures'] } },
    weights: { onTime: 100 },
    score: [{ plus: 'onTime', times: 'onTime' }],
    decimals: 1,
    sample: 'departures',
  },
}

/** What stands after the object's name in the refusal; empty when it would be taken. */
async function refusalOf(object: ApiObject): Promise<string> {
  const refusal = await plane.api.create(`${PIPELINES}?dryRun=All&fieldValidation=Strict`, object).then(
    () => '',
    (error: Error) => error.message,
  )
  return refusal
    .replace(/^MetricsPipeline.*?(?:is invalid|cannot be handled as a MetricsPipeline): /, '')
    .replace(AND_NOT_ALL_WAS_CHECKED, '')
    .replace(/^\[(.*)\]$/, '$1')
}

const AND_NOT_ALL_WAS_CHECKED =
  ', <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

/** What `mp validate` says, without the place in the file. */
function problemsOf(object: ApiObject): string {
  const parsed = parsePipeline(JSON.stringify(object), 'file')
  return 'problems' in parsed ? parsed.problems.map((line) => line.replace(/^file:\d+: /, '')).join('\n') : ''
}

/** As `mp validate` would put it. */
function inOurForm(refusal: string): string {
  return refusal.replace(/: Invalid value: (?:"(?:[^"\\]|\\.)*": (?="))?/, ': ').replaceAll(/\[([A-Za-z_]+)\]/g, '.$1')
}

test('an object without a mistake is taken', async () => {
  expect([await refusalOf(pipelineObject()), problemsOf(pipelineObject())]).toEqual(['', ''])
  expect([await refusalOf(pipelineObject(SCORED)), problemsOf(pipelineObject(SCORED))]).toEqual(['', ''])
})

describe('told by both, in the same words', () => {
  test.each<[string, Changes, string]>([
    [
      'a name with a dot',
      { 'metadata.name': 'flights.eu' },
      'metadata.name: "flights.eu" is no pipeline name; write up to 40 lower-case letters, digits and -, beginning with a letter',
    ],
    [
      'a name that is too long for what is made of it',
      { 'metadata.name': 'fffffffffffffffffffffffffffffffffffffffff' },
      'metadata.name: "fffffffffffffffffffffffffffffffffffffffff" is no pipeline name; write up to 40 lower-case letters, digits and -, beginning with a letter',
    ],
    [
      'a name that begins with a digit',
      { 'metadata.name': '7flights' },
      'metadata.name: "7flights" is no pipeline name; write up to 40 lower-case letters, digits and -, beginning with a letter',
    ],
    [
      'an image with a space',
      { 'spec.image': 'registry/mp: 1' },
      'spec.image: "registry/mp: 1" is no image; write one such as registry.example/metrics-pipeline-operator:0.1.0',
    ],
    [
      'nothing to read',
      { 'spec.source.redisStreams.streams': undefined },
      'spec.source.redisStreams: nothing says what to read; write streams or sharded',
    ],
    [
      'streams and shards',
      { 'spec.source.redisStreams.sharded': { prefix: 'flights', shards: 8 } },
      'spec.source.redisStreams.streams: a source has either streams or sharded; remove one',
    ],
    [
      'a prefix with braces',
      {
        'spec.source.redisStreams.streams': undefined,
        'spec.source.redisStreams.sharded': { prefix: '{flights}', shards: 8 },
      },
      'spec.source.redisStreams.sharded.prefix: "{flights}" is no prefix of streams; write 1 to 200 characters without spaces and braces',
    ],
    [
      'a stream with a space',
      { 'spec.source.redisStreams.streams': ['flights departures'] },
      'spec.source.redisStreams.streams[0]: "flights departures" is no name of a stream; write 1 to 400 characters without spaces',
    ],
    [
      'the stream of dead letters',
      { 'spec.source.redisStreams.streams': ['flights:departures', 'flights:dead_letter'] },
      'spec.source.redisStreams.streams[1]: "flights:dead_letter" is where refused entries go; reading it would refuse them again and again',
    ],
    [
      'a consumer group with a space',
      { 'spec.source.redisStreams.consumerGroup': 'my group' },
      'spec.source.redisStreams.consumerGroup: "my group" is no name of a consumer group; write 1 to 200 characters without spaces',
    ],
    [
      'a claim before a worker could have answered',
      { 'spec.source.redisStreams.claimIdle': '10ms' },
      'spec.source.redisStreams.claimIdle: "10ms" is not between 1s and 1d; write one such as 30s',
    ],
    [
      'a Secret with a capital letter',
      { 'spec.database.connection': { secretKeyRef: { name: 'Postgres', key: 'url' } } },
      'spec.database.connection.secretKeyRef.name: "Postgres" is no name of a Secret',
    ],
    [
      'headers for telemetry in the open',
      { 'spec.workers.env': [{ name: 'OTEL_EXPORTER_OTLP_HEADERS', value: 'api-key=secret' }] },
      'spec.workers.env[0].name: "OTEL_EXPORTER_OTLP_HEADERS" is set by the pipeline itself; remove it',
    ],
    [
      'a ratio for a percentage of traces',
      { 'spec.telemetry.traceSampling': '0.01' },
      'spec.telemetry.traceSampling: "0.01" is no percentage from 0% to 100%; write one such as 1%',
    ],
    [
      'a key of a Secret with a slash',
      { 'spec.database.connection': { secretKeyRef: { name: 'postgres', key: 'db/url' } } },
      'spec.database.connection.secretKeyRef.key: "db/url" is no key of a Secret',
    ],
    [
      'a schema that PostgreSQL would fold',
      { 'spec.database.schema': 'Flights' },
      'spec.database.schema: "Flights" is no schema name; write lower-case letters, digits and _, beginning with a letter but not with pg_',
    ],
    [
      'a schema that PostgreSQL keeps to itself',
      { 'spec.database.schema': 'pg_flights' },
      'spec.database.schema: "pg_flights" is no schema name; write lower-case letters, digits and _, beginning with a letter but not with pg_',
    ],
    [
      'a window of no known length',
      { 'spec.metrics.windows': ['7x'] },
      'spec.metrics.windows[0]: "7x" is no duration; write one such as 7d',
    ],
    [
      'a window of hours',
      { 'spec.metrics.windows': ['7d', '36h'] },
      'spec.metrics.windows[1]: "36h" is no whole number of days; write one such as 7d',
    ],
    [
      'an empty window',
      { 'spec.metrics.windows': ['0d'] },
      'spec.metrics.windows[0]: "0d" is not between 1d and 3650d; write one such as 7d',
    ],
    [
      'a window of eleven years',
      { 'spec.metrics.windows': ['4000d'] },
      'spec.metrics.windows[0]: "4000d" is not between 1d and 3650d; write one such as 7d',
    ],
    [
      'a pause of no known length',
      { 'spec.metrics.debounce.quiet': 'soon' },
      'spec.metrics.debounce.quiet: "soon" is no duration; write one such as 30s',
    ],
    [
      'a longest wait of two days',
      { 'spec.metrics.debounce.maxWait': '2d' },
      'spec.metrics.debounce.maxWait: "2d" is not between 0s and 1d; write one such as 60s',
    ],
    [
      'a pause longer than the longest wait',
      { 'spec.metrics.debounce.quiet': '1h30m' },
      'spec.metrics.debounce.quiet: "1h30m" is longer than maxWait, "2s"; an entity cannot wait for a pause longer than it waits at all',
    ],
    [
      'both a set and a definition',
      { 'spec.metrics.set': 'TutorPerformance' },
      'spec.metrics.set: a pipeline has either a built-in set or a definition; remove one',
    ],
    [
      'nothing to measure',
      { 'spec.metrics.definition': undefined },
      'spec.metrics: nothing says what to measure; write set or definition',
    ],
    [
      'memory in an odd unit',
      { 'spec.workers.resources': { limits: { memory: '1.5GB' } } },
      'spec.workers.resources.limits.memory: "1.5GB" is no quantity; write one such as 256Mi',
    ],
    [
      'a processor divided by a comma',
      { 'spec.workers.resources': { requests: { cpu: '0,5' } } },
      'spec.workers.resources.requests.cpu: "0,5" is no quantity; write one such as 500m',
    ],
    [
      'more memory asked for than may be used',
      { 'spec.aggregation.resources': { requests: { memory: '1Gi' }, limits: { memory: '1000Mi' } } },
      'spec.aggregation.resources.requests.memory: "1Gi" is more than limits.memory, "1000Mi"; lower it, or raise the limit',
    ],
    [
      'more processors asked for than may be used',
      { 'spec.workers.resources': { requests: { cpu: 2 }, limits: { cpu: '1500m' } } },
      'spec.workers.resources.requests.cpu: "2" is more than limits.cpu, "1500m"; lower it, or raise the limit',
    ],
    [
      'a priority class with a capital letter',
      { 'spec.workers.priorityClassName': 'High' },
      'spec.workers.priorityClassName: "High" is no name of a PriorityClass',
    ],
    [
      'a variable that the pipeline sets itself',
      { 'spec.workers.env': [{ name: 'DATABASE_URL', value: 'postgres://me@db/shops' }] },
      'spec.workers.env[0].name: "DATABASE_URL" is set by the pipeline itself; remove it',
    ],
    [
      'a variable with a dash',
      { 'spec.workers.env': [{ name: 'MY-VAR', value: 'x' }] },
      'spec.workers.env[0].name: "MY-VAR" is no name of a variable; write letters, digits and _',
    ],
    [
      'a schedule in words',
      { 'spec.aggregation.schedule': 'daily' },
      'spec.aggregation.schedule: "daily" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a schedule with seconds',
      { 'spec.aggregation.schedule': '0 0 2 * * *' },
      'spec.aggregation.schedule: "0 0 2 * * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a minute that no hour has',
      { 'spec.aggregation.schedule': '61 2 * * *' },
      'spec.aggregation.schedule: "61 2 * * *" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'an offset as a time zone',
      { 'spec.aggregation.timeZone': '+02:00' },
      'spec.aggregation.timeZone: "+02:00" is no time zone; write one such as Etc/UTC or Europe/Berlin',
    ],
    [
      'a wait of two hours between attempts',
      { 'spec.aggregation.retryDelay': '2h' },
      'spec.aggregation.retryDelay: "2h" is not between 0s and 1h; write one such as 5s',
    ],
    [
      'a retention of hours',
      { 'spec.aggregation.retention': '12h' },
      'spec.aggregation.retention: "12h" is no whole number of days; write one such as 90d',
    ],
    [
      'more than everything',
      { 'spec.aggregation.parity': { sample: '101%' } },
      'spec.aggregation.parity.sample: "101%" is no percentage from 0% to 100%; write one such as 100%',
    ],
    [
      'a score that nothing declares',
      { 'spec.composite': {} },
      'spec.composite: the metric set declares no composite; remove this, or add one to spec.metrics.definition',
    ],
    [
      'scores as far apart as they may be old',
      { ...SCORED, 'spec.composite': { minInterval: '20s' } },
      'spec.composite.minInterval: "20s" is too close to maxStale, "30s"; write a maxStale that is at least 14s longer, for so long it may take until a score is replaced',
    ],
    [
      'scores that are not apart at all',
      { ...SCORED, 'spec.composite': { minInterval: '0s' } },
      'spec.composite.minInterval: "0s" is not between 1s and 1d; write one such as 10s',
    ],
    [
      'a metric that says only how it is rounded',
      { 'spec.metrics.definition.metrics.departures': { decimals: 2 } },
      'spec.metrics.definition.metrics.departures: must have exactly one of value, ratio, percent, weighted, coverage',
    ],
    [
      'a metric without its decimals',
      { 'spec.metrics.definition.metrics.on_time_rate': { percent: ['on_time', 'departures'] } },
      'spec.metrics.definition.metrics.on_time_rate.decimals: missing; write a whole number',
    ],
    [
      'a time ahead of no known length',
      { 'spec.metrics.definition.events.departure.fields.scheduledAt': { type: 'timestamp', maxAhead: 'soon' } },
      'spec.metrics.definition.events.departure.fields.scheduledAt.maxAhead: "soon" is no duration; write one such as 30d',
    ],
  ])('%s', async (_mistake, changes, problem) => {
    const object = pipelineObject(changes)
    expect([problemsOf(object), inOurForm(await refusalOf(object))]).toEqual([problem, problem])
  })
})

describe('told by both, by each in its words', () => {
  test.each<[string, Changes, string, string]>([
    [
      'credentials of a collector for everybody to read',
      { 'spec.telemetry.otlpEndpoint': 'https://me@collector:4318' },
      'spec.telemetry.otlpEndpoint: Invalid value: "https://me@collector:4318": "https://me@collector:4318" is no endpoint of a collector; write one such as http://collector.observability:4318, without credentials',
      'spec.telemetry.otlpEndpoint: "https://***@collector:4318" is no endpoint of a collector; write one such as http://collector.observability:4318, without credentials',
    ],
    [
      'a section that nobody knows',
      { 'spec.kafka': {} },
      'strict decoding error: unknown field "spec.kafka"',
      'spec.kafka: unknown field; known here are suspend, image, upgrade, source, database, metrics, composite, workers, aggregation, telemetry',
    ],
    [
      'a mistyped field',
      { 'spec.metrics.widnows': ['7d'] },
      'strict decoding error: unknown field "spec.metrics.widnows"',
      'spec.metrics.widnows: unknown field; did you mean windows?',
    ],
    [
      'no event that would make a score worth while',
      { ...SCORED, 'spec.composite': { eventThreshold: 0 } },
      'spec.composite.eventThreshold: Invalid value: 0: spec.composite.eventThreshold in body should be greater than or equal to 1',
      'spec.composite.eventThreshold: must be at least 1, is 0',
    ],
    [
      'an input of two formulas',
      { ...SCORED, 'spec.metrics.definition.composite.inputs.onTime': { value: 'on_time', ratio: ['a', 'b'] } },
      'spec.metrics.definition.composite.inputs[onTime]: Invalid value: must have exactly one of value, ratio, percent',
      'spec.metrics.definition.composite.inputs.onTime: must have exactly one of value, ratio, percent, has value and ratio',
    ],
    [
      'a section that is a text',
      { 'spec.telemetry': 'loud' },
      'spec.telemetry: Invalid value: "string": spec.telemetry in body must be of type object: "string"',
      'spec.telemetry: must be an object, not "loud"',
    ],
    ['no source', { 'spec.source': undefined }, 'spec.source: Required value', 'spec.source: missing; write an object'],
    ['no spec', { spec: undefined }, 'spec: Required value', 'spec: missing; write an object'],
    [
      'a mistyped choice',
      { 'spec.upgrade': 'automatic' },
      'spec.upgrade: Unsupported value: "automatic": supported values: "Manual", "Automatic"',
      'spec.upgrade: must be one of Manual, Automatic, not "automatic"; did you mean Automatic?',
    ],
    [
      'a built-in set that there is not',
      { 'spec.metrics.definition': undefined, 'spec.metrics.set': 'Tutors' },
      'spec.metrics.set: Unsupported value: "Tutors": supported values: "TutorPerformance"',
      'spec.metrics.set: must be TutorPerformance, not "Tutors"',
    ],
    [
      'yes for true',
      { 'spec.suspend': 'yes' },
      'spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string"',
      'spec.suspend: must be true or false, not "yes"',
    ],
    [
      'a number as a text',
      { 'spec.database.maxConnections': '40' },
      'spec.database.maxConnections: Invalid value: "string": spec.database.maxConnections in body must be of type integer: "string"',
      'spec.database.maxConnections: must be a whole number, not the text "40"; remove the quotes',
    ],
    [
      'half a connection',
      { 'spec.database.maxConnections': 40.5 },
      'spec.database.maxConnections: Invalid value: "number": spec.database.maxConnections in body must be of type integer: "number", <nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.database.maxConnections',
      'spec.database.maxConnections: must be a whole number, not 40.5',
    ],
    [
      'a Secret without its key',
      { 'spec.database.connection': { secretKeyRef: { name: 'postgres' } } },
      'spec.database.connection.secretKeyRef.key: Required value',
      'spec.database.connection.secretKeyRef.key: missing; write a text',
    ],
    [
      'an URL with a password where a Secret should be named',
      { 'spec.database.connection': 'postgres://me:secret@db/flights' },
      'spec.database.connection: Invalid value: "string": spec.database.connection in body must be of type object: "string"',
      'spec.database.connection: must be an object, not "postgres://me:***@db/flights"',
    ],
    [
      'too few connections for all processes',
      { 'spec.workers': { replicas: 30, scaling: { mode: 'Off' } } },
      'spec.database.maxConnections: Invalid value: is too few; write at least 2 for each worker, 4 for each aggregation shard, and 2 more',
      'spec.database.maxConnections: 40 is too few for 30 workers and 1 aggregation shards; write at least 66',
    ],
    [
      'too few connections for the fewest workers',
      { 'spec.workers.scaling': { minReplicas: 30, maxReplicas: 40 } },
      'spec.database.maxConnections: Invalid value: is too few; write at least 2 for each worker, 4 for each aggregation shard, and 2 more',
      'spec.database.maxConnections: 40 is too few for 30 workers and 1 aggregation shards; write at least 66',
    ],
    [
      'more workers at least than at most',
      { 'spec.workers.scaling': { minReplicas: 3, maxReplicas: 2 } },
      'spec.workers.scaling.minReplicas: Invalid value: is more than maxReplicas',
      'spec.workers.scaling.minReplicas: 3 is more than maxReplicas, 2',
    ],
    [
      'more workers at least than there are at most by default',
      { 'spec.workers.scaling': { minReplicas: 9 } },
      'spec.workers.scaling.minReplicas: Invalid value: is more than maxReplicas',
      'spec.workers.scaling.minReplicas: 9 is more than maxReplicas, 8',
    ],
    [
      'an empty list of streams',
      { 'spec.source.redisStreams.streams': [] },
      'spec.source.redisStreams.streams: Invalid value: 0: spec.source.redisStreams.streams in body should have at least 1 items',
      'spec.source.redisStreams.streams: must have at least 1 item, has 0',
    ],
    [
      'a stream twice',
      { 'spec.source.redisStreams.streams': ['flights:departures', 'flights:departures'] },
      'spec.source.redisStreams.streams[1]: Duplicate value: "flights:departures"',
      'spec.source.redisStreams.streams[1]: "flights:departures" is also streams[0]; name each stream once',
    ],
    [
      'no shards at all',
      {
        'spec.source.redisStreams.streams': undefined,
        'spec.source.redisStreams.sharded': { prefix: 'flights', shards: 0 },
      },
      'spec.source.redisStreams.sharded.shards: Invalid value: 0: spec.source.redisStreams.sharded.shards in body should be greater than or equal to 1',
      'spec.source.redisStreams.sharded.shards: must be at least 1, is 0',
    ],
    [
      'a window twice',
      { 'spec.metrics.windows': ['7d', '168h'] },
      'spec.metrics.windows: Invalid value: a window is listed twice; name each once',
      'spec.metrics.windows[1]: 7 days are listed already',
    ],
    [
      'too many windows',
      { 'spec.metrics.windows': ['1d', '2d', '3d', '4d', '5d', '6d', '7d', '8d', '9d'] },
      'spec.metrics.windows: Too many: 9: must have at most 8 items',
      'spec.metrics.windows: must have at most 8 items, has 9',
    ],
    [
      'fewer than no workers',
      { 'spec.workers.replicas': -1 },
      'spec.workers.replicas: Invalid value: -1: spec.workers.replicas in body should be greater than or equal to 0, .spec.workers.replicas: Invalid value: -1: should be a non-negative integer',
      'spec.workers.replicas: must be at least 0, is -1',
    ],
    [
      'too large a batch',
      { 'spec.workers.batchSize': 20000 },
      'spec.workers.batchSize: Invalid value: 20000: spec.workers.batchSize in body should be less than or equal to 10000',
      'spec.workers.batchSize: must be at most 10000, is 20000',
    ],
    [
      'less than no processor',
      { 'spec.workers.resources': { limits: { cpu: -1 } } },
      'spec.workers.resources.limits.cpu: Invalid value: -1: "-1" is no quantity; write one such as 500m',
      'spec.workers.resources.limits.cpu: must be at least 0, is -1',
    ],
    [
      'a fraction of a processor that is no text',
      { 'spec.workers.resources': { limits: { cpu: 0.5 } } },
      'spec.workers.resources.limits.cpu: Invalid value: "number": spec.workers.resources.limits.cpu in body must be of type integer,string: "number"',
      'spec.workers.resources.limits.cpu: 0.5 is no quantity; write one such as 500m',
    ],
    [
      'an affinity of no known kind',
      { 'spec.workers.affinity': { nodeAfinity: {} } },
      'strict decoding error: unknown field "spec.workers.affinity.nodeAfinity"',
      'spec.workers.affinity.nodeAfinity: unknown field; did you mean nodeAffinity?',
    ],
    [
      'a taint that is tolerated in no known way',
      { 'spec.workers.tolerations': [{ operator: 'Equals' }] },
      'spec.workers.tolerations[0].operator: Unsupported value: "Equals": supported values: "Exists", "Equal"',
      'spec.workers.tolerations[0].operator: must be one of Exists, Equal, not "Equals"; did you mean Equal?',
    ],
    [
      'a spread over nothing',
      { 'spec.workers.topologySpreadConstraints': [{ maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }] },
      'spec.workers.topologySpreadConstraints[0].topologyKey: Required value',
      'spec.workers.topologySpreadConstraints[0].topologyKey: missing; write a text',
    ],
    [
      'a number as an annotation',
      { 'spec.workers.podAnnotations': { port: 8080 } },
      'spec.workers.podAnnotations.port: Invalid value: "integer": spec.workers.podAnnotations.port in body must be of type string: "integer"',
      'spec.workers.podAnnotations.port: must be a text, not 8080; put it in quotes',
    ],
    [
      'a variable twice',
      {
        'spec.workers.env': [
          { name: 'TZ', value: 'UTC' },
          { name: 'TZ', value: 'CET' },
        ],
      },
      'spec.workers.env[1]: Duplicate value: {"name":"TZ"}',
      'spec.workers.env[1].name: "TZ" is also env[0]; name each variable once',
    ],
    [
      'a Sunday that only some crons know',
      { 'spec.aggregation.schedule': '0 2 * * 7' },
      'spec.aggregation.schedule: Invalid value: "0 2 * * 7": "0 2 * * 7" is no schedule; write five cron fields such as 0 2 * * *',
      'spec.aggregation.schedule: "0 2 * * 7" names a day 7, which Kubernetes does not know; write 0 for Sunday',
    ],
    [
      'a run without a shard',
      { 'spec.aggregation.shards': 0 },
      'spec.aggregation.shards: Invalid value: 0: spec.aggregation.shards in body should be greater than or equal to 1',
      'spec.aggregation.shards: must be at least 1, is 0',
    ],
    [
      'an unknown type of field',
      { 'spec.metrics.definition.events.departure.fields.delayMinutes': { type: 'int' } },
      'spec.metrics.definition.events.departure.fields.delayMinutes.type: Unsupported value: "int": supported values: "string", "strings", "integer", "decimal", "boolean", "timestamp"',
      'spec.metrics.definition.events.departure.fields.delayMinutes.type: must be one of string, strings, integer, decimal, boolean, timestamp, not "int"',
    ],
    [
      'an event about a field that it does not have',
      { 'spec.metrics.definition.events.departure.entity': 'orgin' },
      'spec.metrics.definition.events[departure].entity: Invalid value: "orgin" is no field of this event',
      'spec.metrics.definition.events.departure.entity: "orgin" is no field of this event; did you mean "origin"?',
    ],
    [
      'an event placed by a field that it does not have',
      { 'spec.metrics.definition.events.departure.at': 'scheduldAt' },
      'spec.metrics.definition.events[departure].at: Invalid value: "scheduldAt" is no field of this event',
      'spec.metrics.definition.events.departure.at: "scheduldAt" is no field of this event; did you mean "scheduledAt"?',
    ],
    [
      'a rule twice',
      {
        'spec.metrics.definition.events.departure.rules': [
          { name: 'far', severity: 'error', require: { origin: { present: true } }, message: 'too far' },
          { name: 'far', severity: 'error', require: { origin: { present: true } }, message: 'too far' },
        ],
      },
      'spec.metrics.definition.events[departure].rules[1]: Duplicate value: {"name":"far"}',
      'spec.metrics.definition.events.departure.rules[1].name: another rule is called "far" already',
    ],
    [
      'a count of an unknown event type',
      { 'spec.metrics.definition.accumulators.departures': { count: 'depature' } },
      'spec.metrics.definition: Invalid value: accumulators.departures.count: "depature" is no event type',
      'spec.metrics.definition.accumulators.departures.count: "depature" is no event type; did you mean "departure"?',
    ],
    [
      'a sum over an unknown event type',
      { 'spec.metrics.definition.accumulators.departures': { sum: 'arrival.delayMinutes' } },
      'spec.metrics.definition: Invalid value: accumulators.departures.sum: "arrival" is no event type',
      'spec.metrics.definition.accumulators.departures.sum: "arrival" is no event type; there is departure',
    ],
    [
      'an accumulator of no known kind',
      { 'spec.metrics.definition.accumulators.departures': { cuont: 'departure' } },
      'strict decoding error: unknown field "spec.metrics.definition.accumulators.departures.cuont"',
      'spec.metrics.definition.accumulators.departures: must have exactly one of count, sum; did you mean count instead of cuont?',
    ],
    [
      'an accumulator of two kinds',
      { 'spec.metrics.definition.accumulators.departures': { count: 'departure', sum: 'departure.delayMinutes' } },
      'spec.metrics.definition.accumulators[departures]: Invalid value: must have exactly one of count, sum',
      'spec.metrics.definition.accumulators.departures: must have exactly one of count, sum, has count and sum',
    ],
    [
      'the value of an unknown accumulator',
      { 'spec.metrics.definition.metrics.departures': { value: 'departed' } },
      'spec.metrics.definition: Invalid value: metrics.departures.value: "departed" is no accumulator',
      'spec.metrics.definition.metrics.departures.value: "departed" is no accumulator; did you mean "departures"?',
    ],
    [
      'a share of an unknown accumulator',
      { 'spec.metrics.definition.metrics.on_time_rate': { percent: ['ontime', 'departures'], decimals: 2 } },
      'spec.metrics.definition: Invalid value: metrics.on_time_rate.percent: "ontime" is no accumulator',
      'spec.metrics.definition.metrics.on_time_rate.percent[0]: "ontime" is no accumulator; did you mean "on_time"?',
    ],
    [
      'a quotient of one',
      { 'spec.metrics.definition.metrics.on_time_rate': { percent: ['on_time'], decimals: 2 } },
      'spec.metrics.definition.metrics.on_time_rate.percent: Invalid value: 1: spec.metrics.definition.metrics.on_time_rate.percent in body should have at least 2 items',
      'spec.metrics.definition.metrics.on_time_rate.percent: must have at least 2 items, has 1',
    ],
    [
      'a metric that is a number',
      { 'spec.metrics.definition.metrics.departures': 5 },
      'spec.metrics.definition.metrics.departures: Invalid value: "integer": spec.metrics.definition.metrics.departures in body must be of type object: "integer"',
      'spec.metrics.definition.metrics.departures: must be an object with exactly one of value, ratio, percent, weighted, coverage',
    ],
    [
      'decimals of what is never rounded',
      { 'spec.metrics.definition.metrics.departures': { value: 'departures', decimals: 2 } },
      'spec.metrics.definition.metrics[departures].decimals: Invalid value: unknown field beside value, which is never rounded; remove it',
      'spec.metrics.definition.metrics.departures.decimals: unknown field; known here are value, description',
    ],
    [
      'a value that requires something',
      { 'spec.metrics.definition.metrics.departures': { value: 'departures', requires: 'departures' } },
      'spec.metrics.definition.metrics[departures].requires: Invalid value: unknown field but beside weighted; remove it',
      'spec.metrics.definition.metrics.departures.requires: unknown field; known here are value, description',
    ],
    [
      'more decimals than are kept',
      { 'spec.metrics.definition.metrics.on_time_rate.decimals': 12 },
      'spec.metrics.definition.metrics.on_time_rate.decimals: Invalid value: 12: spec.metrics.definition.metrics.on_time_rate.decimals in body should be less than or equal to 9',
      'spec.metrics.definition.metrics.on_time_rate.decimals: must be at most 9, is 12',
    ],
  ])('%s', async (_mistake, changes, refusal, problem) => {
    const object = pipelineObject(changes)
    expect([await refusalOf(object), problemsOf(object)]).toEqual([refusal, problem])
  })
})

describe('taken by an API server, for it cannot know, and told by the operator', () => {
  test.each<[string, Changes, string]>([
    [
      'a mistyped test in a condition',
      { 'spec.metrics.definition.accumulators.on_time.where': { delayMinutes: { atMst: 15 } } },
      'spec.metrics.definition.accumulators.on_time.where.delayMinutes.atMst: unknown field; did you mean atMost?',
    ],
    [
      'a condition on a field that the event does not have',
      { 'spec.metrics.definition.accumulators.on_time.where': { delayMinuts: { atMost: 15 } } },
      'spec.metrics.definition.accumulators.on_time.where.delayMinuts: "delayMinuts" is no field of this event; did you mean "delayMinutes"?',
    ],
    [
      'no stream for an event type that is counted',
      {
        'spec.source.redisStreams.streams': ['flights:arrivals'],
        'spec.metrics.definition.events.arrival': {
          ignore: 'never counted',
          fields: {},
          streams: ['flights:arrivals'],
        },
      },
      'spec.source.redisStreams.streams: no stream brings departure; add flights:departures, or name the table that holds it in spec.metrics.tables',
    ],
    [
      'a table for an unknown event type',
      { 'spec.metrics.tables': { depature: 'flights' } },
      'spec.metrics.tables.depature: "depature" is no event type; did you mean "departure"?',
    ],
    [
      'a table of no possible name',
      { 'spec.metrics.tables': { departure: 'late flights' } },
      'spec.metrics.definition.events.departure.table: "late flights" is no table name such as sessions or public.sessions',
    ],
    [
      'tier rules that there are not',
      { 'spec.metrics.tierRules': 'Strict' },
      'spec.metrics.tierRules: "Strict" is no tier rule set; there is none',
    ],
    [
      'a flag on an unknown metric',
      {
        'spec.metrics.definition.tiers': {
          Default: { version: 1, flags: { rate: { green: { atLeast: 1 } } }, order: [{ tier: 'A' }] },
        },
      },
      'spec.metrics.definition.tiers.Default.flags.rate: "rate" is no metric; there is departures, on_time_rate',
    ],
    [
      'a metric of no possible name',
      { 'spec.metrics.definition.metrics.on-time': { value: 'on_time' } },
      'spec.metrics.definition.metrics.on-time: "on-time" cannot be a name: a small letter comes first, then up to 39 letters, digits or underscores',
    ],
    [
      "an option that the field's type does not have",
      { 'spec.metrics.definition.events.departure.fields.delayMinutes': { type: 'integer', maxLength: 3 } },
      'spec.metrics.definition.events.departure.fields.delayMinutes.maxLength: is for fields of type string or strings, but this one is of type integer',
    ],
    [
      'a decimal that does not say how exact it is',
      { 'spec.metrics.definition.events.departure.fields.miles': { type: 'decimal' } },
      'spec.metrics.definition.events.departure.fields.miles: a decimal says how many digits are kept after the point: add decimals',
    ],
    [
      'a part of the weight that nothing measures',
      {
        'spec.metrics.definition.metrics.score': {
          weighted: [{ weight: 1, percent: ['late', 'departures'] }],
          decimals: 1,
        },
      },
      'spec.metrics.definition.metrics.score.weighted[0].percent[0]: "late" is no accumulator; there is departures, on_time',
    ],
    [
      'a mistyped weight',
      { ...SCORED, 'spec.composite': { weights: { onTme: 90 } } },
      'spec.composite.weights.onTme: "onTme" is no weight of punctuality; did you mean "onTime"?',
    ],
    [
      'a score of an unknown accumulator',
      { ...SCORED, 'spec.metrics.definition.composite.sample': 'departure' },
      'spec.metrics.definition.composite.sample: "departure" is no accumulator; did you mean "departures"?',
    ],
    [
      'a day that never comes',
      { 'spec.aggregation.schedule': '0 2 31 2 *' },
      'spec.aggregation.schedule: "0 2 31 2 *" never comes; write a day that its month has',
    ],
    [
      'a range the wrong way round',
      { 'spec.aggregation.schedule': '0 2 * * FRI-MON' },
      'spec.aggregation.schedule: "0 2 * * FRI-MON" is no schedule; write five cron fields such as 0 2 * * *',
    ],
    [
      'a mistyped time zone',
      { 'spec.aggregation.timeZone': 'Europe/Berlim' },
      'spec.aggregation.timeZone: "Europe/Berlim" is no time zone; did you mean Europe/Berlin?',
    ],
    [
      'a time ahead of more than a century',
      { 'spec.metrics.definition.events.departure.fields.scheduledAt': { type: 'timestamp', maxAhead: '40000d' } },
      'spec.metrics.definition.events.departure.fields.scheduledAt.maxAhead: "40000d" is not between 0s and 36500d; write one such as 30d',
    ],
  ])('%s', async (_mistake, changes, problem) => {
    const object = pipelineObject(changes)
    expect([await refusalOf(object), problemsOf(object)]).toEqual(['', problem])
    expect(parsePipelineObject(object)).toEqual({ problems: [problem] })
  })
})

describe('a mistake in a cluster only, where nobody else names the servers', () => {
  test.each<[string, Changes, string]>([
    [
      'no Redis',
      { 'spec.source.redisStreams.connection': undefined },
      'spec.source.redisStreams.connection: is missing; name the Secret and the key that hold the Redis URL',
    ],
    [
      'no PostgreSQL',
      { 'spec.database': undefined },
      'spec.database.connection: is missing; name the Secret and the key that hold the PostgreSQL URL',
    ],
  ])('%s', async (_mistake, changes, problem) => {
    const object = pipelineObject(changes)
    expect([inOurForm(await refusalOf(object)), problemsOf(object)]).toEqual([problem, ''])
    expect(parsePipelineObject(object)).toEqual({ problems: [problem] })
  })
})

test('kubectl tells all mistakes at once, each by its field', async () => {
  const object = pipelineObject({ 'spec.database.schema': 'Flights', 'spec.metrics.windows': ['7x'] })
  const { code, err } = await kubectl(plane, ['apply', '-f', '-'], { input: JSON.stringify(object) })
  const [heading, ...mistakes] = err.trimEnd().split('\n')
  expect({ code, heading }).toEqual({ code: 1, heading: 'The MetricsPipeline "flights" is invalid: ' })
  expect(mistakes.sort()).toEqual([
    // in what order is the server's affair: it goes through a map
    '* spec.database.schema: Invalid value: "Flights": "Flights" is no schema name; write lower-case letters, digits and _, beginning with a letter but not with pg_',
    '* spec.metrics.windows[0]: Invalid value: "7x": "7x" is no duration; write one such as 7d',
  ])
})

test('kubectl refuses a field that nobody knows', async () => {
  const object = pipelineObject({ 'spec.metrics.widnows': ['7d'] })
  const { code, err } = await kubectl(plane, ['apply', '-f', '-'], { input: JSON.stringify(object) })
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('unknown field "spec.metrics.widnows"') })
})
