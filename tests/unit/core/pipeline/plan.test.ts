import { expect, test } from 'vitest'
import { parsePipeline } from '../../../../adapters/manifest/parse-pipeline.ts'
import { OWN_VARIABLES } from '../../../../core/pipeline/own-variables.ts'
import { instanceOf, planPipeline } from '../../../../core/pipeline/plan.ts'
import type { PipelineSpec } from '../../../../core/pipeline/spec.ts'
import { workerVariables } from '../../../../worker/config.ts'
import { PIPELINE } from '../../adapters/manifest/pipeline-text.ts'

const spec = specOf(PIPELINE)

function specOf(text: string): PipelineSpec {
  const parsed = parsePipeline(text, 'flights.yaml')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed.pipeline.spec
}

function processesOf(change: Partial<PipelineSpec>) {
  return planPipeline('flights', { ...spec, ...change }).processes
}

test('migration runs first, workers always, both aggregations by the clock', () => {
  expect(processesOf({}).map(({ name, role, runs, count }) => ({ name, role, runs, count }))).toEqual([
    { name: 'flights-migrate', role: 'migrate', runs: { when: 'first' }, count: 1 },
    { name: 'flights-worker', role: 'worker', runs: { when: 'always' }, count: 1 },
    {
      name: 'flights-aggregation',
      role: 'aggregation',
      runs: { when: 'scheduled', schedule: '0 2 * * *', timeZone: 'Etc/UTC' },
      count: 1,
    },
    {
      name: 'flights-day-roll',
      role: 'day-roll',
      runs: { when: 'scheduled', schedule: '0 0 * * *', timeZone: 'Etc/UTC' },
      count: 1,
    },
  ])
})

test('each process is told what it needs by the environment, and no more', () => {
  const connection = (name: string) => ({ connection: { secretKeyRef: { name, key: 'url' } } })
  const processes = processesOf({
    source: { redisStreams: { ...spec.source.redisStreams, ...connection('redis') } },
    database: { ...spec.database, ...connection('postgres') },
    telemetry: { ...spec.telemetry, logLevel: 'warn' },
  })
  const database = {
    PIPELINE_FILE: { from: 'pipeline-file' },
    DATABASE_URL: { from: 'database-url', secretKeyRef: { name: 'postgres', key: 'url' } },
  }
  expect(Object.fromEntries(processes.map(({ role, environment }) => [role, environment]))).toEqual({
    migrate: database,
    worker: {
      ...database,
      REDIS_URL: { from: 'redis-url', secretKeyRef: { name: 'redis', key: 'url' } },
      CONSUMER_NAME: { from: 'process-name' },
      HTTP_PORT: { from: 'http-port' },
      LOG_LEVEL: { value: 'warn' },
    },
    aggregation: database,
    'day-roll': database,
  })
})

test('a worker is told where it stands when the score is calculated, if it is', () => {
  const composite = {
    strategy: 'Hybrid',
    minInterval: '10s',
    maxStale: '30s',
    eventThreshold: 100,
    historyLimit: 0,
  } as const
  const told = processesOf({ composite }).filter(({ environment }) => 'COMPOSITE_FILE' in environment)
  expect(told.map(({ role, environment }) => [role, environment['COMPOSITE_FILE']])).toEqual([
    ['worker', { from: 'composite-file' }],
  ])
})

test.each([
  [
    'leaves migration to the user when told so',
    { database: { ...spec.database, migrate: false } },
    ['worker 1', 'aggregation 1', 'day-roll 1'],
  ],
  [
    'runs as many workers as replicas',
    { workers: { ...spec.workers, replicas: 3 } },
    ['migrate 1', 'worker 3', 'aggregation 1', 'day-roll 1'],
  ],
  [
    'shards the daily aggregation, not the day roll',
    { aggregation: { ...spec.aggregation, shards: 4 } },
    ['migrate 1', 'worker 1', 'aggregation 4', 'day-roll 1'],
  ],
])('%s', (_sentence, change, expected) => {
  expect(processesOf(change).map(({ role, count }) => `${role} ${count}`)).toEqual(expected)
})

test('the day roll keeps to UTC when the daily aggregation does not', () => {
  const processes = processesOf({
    aggregation: { ...spec.aggregation, schedule: '30 1 * * *', timeZone: 'Asia/Kolkata' },
  })
  expect(processes.map(({ runs }) => runs).filter(({ when }) => when === 'scheduled')).toEqual([
    { when: 'scheduled', schedule: '30 1 * * *', timeZone: 'Asia/Kolkata' },
    { when: 'scheduled', schedule: '0 0 * * *', timeZone: 'Etc/UTC' },
  ])
})

test.each([
  [
    'a worker is known by its index, also when it is alone',
    {},
    'worker',
    0,
    { name: 'flights-worker-0', arguments: [] },
  ],
  [
    'an aggregation that is not sharded has no index',
    {},
    'aggregation',
    0,
    { name: 'flights-aggregation', arguments: ['daily', '--cleanup'] },
  ],
  [
    'a shard of it knows which one it is',
    { aggregation: { ...spec.aggregation, shards: 4 } },
    'aggregation',
    2,
    { name: 'flights-aggregation-2', arguments: ['daily', '--cleanup', '--shard', '2/4'] },
  ],
])('%s', (_sentence, change, role, index, expected) => {
  const process = processesOf(change).find((each) => each.role === role)
  expect(process && instanceOf(process, index)).toEqual(expected)
})

test('a suspended pipeline has the same plan and says that it is suspended', () => {
  expect(planPipeline('flights', { ...spec, suspend: true })).toEqual({
    ...planPipeline('flights', spec),
    suspended: true,
  })
})

test('a worker gets the variables of the spec, and those of the pipeline whatever the spec says', () => {
  const env = [
    { name: 'NODE_OPTIONS', value: '--max-old-space-size=192' },
    { name: 'LOG_LEVEL', value: 'silent' },
  ]
  const [migrate, worker] = processesOf({ workers: { ...spec.workers, env } })
  expect(worker?.environment).toMatchObject({
    NODE_OPTIONS: { value: '--max-old-space-size=192' },
    LOG_LEVEL: { value: 'info' },
  })
  expect(migrate?.environment).not.toHaveProperty('NODE_OPTIONS')
})

test('an endpoint for telemetry becomes the variables of OpenTelemetry, of workers and daily runs', () => {
  const telemetry = { ...spec.telemetry, otlpEndpoint: 'http://collector:4318' }
  const least = {
    OTEL_EXPORTER_OTLP_ENDPOINT: { value: 'http://collector:4318' },
    OTEL_EXPORTER_OTLP_PROTOCOL: { value: 'http/protobuf' },
    OTEL_TRACES_SAMPLER: { value: 'parentbased_traceidratio' },
    OTEL_TRACES_SAMPLER_ARG: { value: '0.01' },
  }
  const otlpIn = (change: Partial<PipelineSpec>) =>
    processesOf(change).map(({ role, environment }) => [
      role,
      Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('OTEL_'))),
    ])
  expect(otlpIn({ telemetry })).toEqual([
    ['migrate', {}],
    ['worker', least],
    ['aggregation', least],
    ['day-roll', least],
  ])
  const secretKeyRef = { name: 'collector', key: 'headers' }
  const all = {
    ...telemetry,
    otlpProtocol: 'grpc',
    otlpHeaders: { secretKeyRef },
    otlpMetrics: true,
    traceSampling: '12.5%',
  } as const
  expect(otlpIn({ telemetry: all })[1]).toEqual([
    'worker',
    {
      ...least,
      OTEL_EXPORTER_OTLP_PROTOCOL: { value: 'grpc' },
      OTEL_EXPORTER_OTLP_HEADERS: { from: 'otlp-headers', secretKeyRef },
      OTEL_METRICS_EXPORTER: { value: 'otlp' },
      OTEL_TRACES_SAMPLER_ARG: { value: '0.125' },
    },
  ])
  const { otlpEndpoint: _, ...nowhere } = all
  expect(otlpIn({ telemetry: nowhere })[1]).toEqual(['worker', {}])
  const env = [{ name: 'OTEL_TRACES_SAMPLER', value: 'always_on' }]
  expect(otlpIn({ telemetry, workers: { ...spec.workers, env } })[1]).toEqual([
    'worker',
    { ...least, OTEL_TRACES_SAMPLER: { value: 'always_on' } },
  ])
})

test('every variable that a worker gets from the pipeline is kept from the spec', () => {
  expect(OWN_VARIABLES).toEqual(
    expect.arrayContaining(processesOf({}).flatMap(({ environment }) => Object.keys(environment))),
  )
  expect(OWN_VARIABLES).toEqual(expect.arrayContaining(Object.keys(workerVariables.shape)))
})
