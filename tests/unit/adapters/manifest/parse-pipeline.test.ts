import { expect, test } from 'vitest'
import { type LoadedPipeline, parsePipeline } from '../../../../adapters/manifest/parse-pipeline.ts'
import { PIPELINE, pipelineWith } from './pipeline-text.ts'

function loaded(text: string): LoadedPipeline {
  const parsed = parsePipeline(text, 'flights.yaml')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}

test('every default is filled in', () => {
  const { source, database, metrics, ...rest } = loaded(
    PIPELINE.replace('  database: { schema: flights }\n', '').replace(
      '    windows: [7d, 30d]\n    debounce: { quiet: 1s, maxWait: 2s }\n',
      '',
    ),
  ).pipeline.spec
  const { definition, ...metricDefaults } = metrics
  expect(definition?.entity).toBe('airport')
  expect({ source, database, metrics: metricDefaults, ...rest }).toEqual({
    suspend: false,
    upgrade: 'Manual',
    source: {
      redisStreams: {
        startFrom: 'Earliest',
        streams: ['flights:departures'],
        claimIdle: '30s',
      },
    },
    database: { schema: 'public', maxConnections: 40, migrate: true },
    metrics: {
      windows: ['7d', '30d', '90d'],
      windowAlignment: 'UtcDay',
      asOf: 'Clock',
      debounce: { quiet: '30s', maxWait: '60s' },
    },
    workers: {
      replicas: 1,
      scaling: { mode: 'Internal', minReplicas: 0, maxReplicas: 8, targetLatency: '30s', idleAfter: '5m' },
      batchSize: 500,
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
    aggregation: {
      schedule: '0 2 * * *',
      timeZone: 'Etc/UTC',
      shards: 1,
      batchSize: 500,
      maxRetries: 3,
      retryDelay: '5s',
      includeInactive: false,
      retention: '90d',
      parity: { sample: '100%' },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    },
    telemetry: { serviceMonitor: true, logLevel: 'info' },
  })
})

test('texts come with the numbers behind them', () => {
  const text = `${PIPELINE}  aggregation: { retryDelay: 1m30s, retention: 36d, parity: { sample: 12.5% } }\n`
  expect(loaded(text).settings).toEqual({
    streams: ['flights:departures'],
    consumerGroup: 'airport-departures',
    windows: [7, 30],
    claimIdleMs: 30_000,
    quietMs: 1_000,
    maxWaitMs: 2_000,
    retryDelayMs: 90_000,
    retentionDays: 36,
    paritySample: 0.125,
    scaling: { mode: 'Internal', minReplicas: 0, maxReplicas: 8, targetLatencyMs: 30_000, idleAfterMs: 300_000 },
  })
})

test('the metric set is resolved with what the pipeline adds', () => {
  const { metricSet } = loaded(
    pipelineWith(
      'windows: [7d, 30d]',
      'windows: [30d, 7d]\n    windowAlignment: Sliding\n    tables: { departure: flown }',
    ),
  )
  expect(metricSet).toMatchObject({ entity: 'airport', windows: [7, 30], alignment: 'Sliding' })
  expect(metricSet.events.map(({ name, table }) => [name, table])).toEqual([['departure', 'flown']])
})

test.each([
  ['JSON', JSON.stringify(loaded(PIPELINE).pipeline)],
  ['a file with other objects for kubectl', `kind: Namespace\n---\n${PIPELINE}---\nkind: Secret\n`],
  [
    'what kubectl prints of metadata',
    pipelineWith('  name:', '  namespace: metrics\n  labels: { team: air }\n  uid: 1\n  name:'),
  ],
  [
    'what kubectl prints of an object that an operator looks after',
    `${PIPELINE}status:\n  conditions: [{ type: Ready, status: "True" }]\n  anything: else\n`,
  ],
  ['a section whose fields are commented out', `${PIPELINE}  workers:\n    # replicas: 2\n`],
  ['anchors and aliases', pipelineWith('quiet: 1s, maxWait: 2s', 'quiet: &wait 2s, maxWait: *wait')],
  ['a byte order mark and Windows line ends', `\uFEFF${PIPELINE.replaceAll('\n', '\r\n')}`],
])('%s is read', (_what, text) => {
  expect(loaded(text).pipeline.metadata).toEqual({ name: 'airport-departures' })
})

test.each([
  ['no workers at all', 'workers: { replicas: 0 }'],
  ['as many workers at least as at most', 'workers: { scaling: { minReplicas: 3, maxReplicas: 3 } }'],
  ['a number of workers that counts for nothing', 'workers: { replicas: 30, scaling: { mode: Internal } }'],
  ['an image with a port, a tag and a digest', `image: "registry:5000/team/mp:1.0@sha256:${'a'.repeat(64)}"`],
  ['a whole number of processors without quotes', 'workers: { resources: { limits: { cpu: 2, memory: 1.5Gi } } }'],
  [
    'a request equal to its limit',
    'aggregation: { resources: { requests: { memory: 1Gi }, limits: { memory: 1024Mi } } }',
  ],
  ['no resources at all', 'workers: { resources: {} }'],
  [
    'what only Kubernetes can check',
    'workers: { affinity: { podAffinity: { preferred: [] } }, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {} }] }',
  ],
  ['a toleration of everything', 'workers: { tolerations: [{ operator: Exists }] }'],
])('%s is allowed', (_what, line) => {
  expect(parsePipeline(`${PIPELINE}  ${line}\n`, 'flights.yaml')).not.toHaveProperty('problems')
})

const BUILT_IN = `apiVersion: metricspipelines.io/v1alpha1
kind: MetricsPipeline
metadata: { name: tutors }
spec:
  source: { redisStreams: { streams: [tutormax:sessions, tutormax:feedback] } }
  metrics: { set: TutorPerformance, signals: { logins: Absent } }
`

test('a built-in set warns about metrics that nothing will fill', () => {
  expect(loaded(BUILT_IN).warnings).toEqual(
    [
      'tutors.yaml:5: spec.source.redisStreams.streams: no stream brings tutor_event; add tutormax:events, or name the table that holds it in spec.metrics.tables',
    ].map((line) => line.replace('tutors.yaml', 'flights.yaml')),
  )
})

test('an expected signal that nothing brings is a mistake, for it would count as zero', () => {
  expect(parsePipeline(BUILT_IN.replace('Absent', 'Expected'), 'tutors.yaml')).toEqual({
    problems: [
      'tutors.yaml:5: spec.source.redisStreams.streams: no stream brings tutor_event; add tutormax:events, or name the table that holds it in spec.metrics.tables, or declare signals.logins Absent',
    ],
  })
})

test('a stream that no event type claims may bring any of them', () => {
  expect(
    loaded(BUILT_IN.replace('tutormax:sessions, tutormax:feedback', 'everything').replace('Absent', 'Expected'))
      .warnings,
  ).toEqual([])
})

test('names that every object inherits are unknown fields like others', () => {
  expect(parsePipeline(`${PIPELINE}  __proto__: { polluted: true }\n  constructor: {}\n`, 'flights.yaml')).toEqual({
    problems: [
      'flights.yaml:30: spec.__proto__: unknown field; known here are suspend, image, upgrade, source, database, metrics, composite, workers, aggregation, telemetry',
      'flights.yaml:31: spec.constructor: unknown field; known here are suspend, image, upgrade, source, database, metrics, composite, workers, aggregation, telemetry',
    ],
  })
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test.each([
  ['a bare Off', 'mode: Off', ['flights.yaml:30: kubectl takes a bare Off for false; write "Off" in quotes']],
  ['one in quotes', 'mode: "Off"', []],
  ['any other word', 'mode: Internal', []],
])('%s is told of where kubectl reads it otherwise', (_what, mode, warnings) => {
  expect(loaded(`${PIPELINE}  workers: { scaling: { ${mode} } }\n`).warnings).toEqual(warnings)
})
