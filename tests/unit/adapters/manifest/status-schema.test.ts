import { expect, test } from 'vitest'
import { statusSchema } from '../../../../adapters/manifest/status-schema.ts'

const AT = '2026-03-01T02:00:00Z'

const CONDITION = {
  type: 'Ready',
  status: 'Unknown',
  reason: 'ExporterUnreachable',
  message: 'nothing is known yet',
  observedGeneration: 3,
  lastTransitionTime: AT,
} as const

const STATUS = {
  observedGeneration: 3,
  conditions: [CONDITION],
  replicas: 0,
  readyReplicas: 0,
  selector: 'app.kubernetes.io/instance=flights',
  image: 'metrics-pipeline-operator:0.1.0',
  workers: '0/1',
  operatorVersion: '0.1.0',
} as const

test.each([
  ['as little as is known of a new pipeline', {}],
  [
    'everything there is to know',
    {
      backlog: 12,
      oldestEventAge: '3s',
      shards: [{ stream: 'flights:{0}', owner: 'flights-worker-abc', position: '1-0' }, { stream: 'flights:{1}' }],
      lastAggregation: {
        day: '2026-02-28',
        state: 'Succeeded',
        startedAt: AT,
        finishedAt: AT,
        entities: 20,
        failures: 0,
        parity: { compared: 20, mismatches: 0 },
        duration: '3s',
      },
      composite: {
        value: '76.00',
        asOf: AT,
        sampleSize: 10,
        holder: 'flights-worker-abc',
        scopes: [{ scope: 'region=North', asOf: AT, sampleSize: 0 }],
      },
    },
  ],
])('%s', (_sentence, more) => {
  expect(statusSchema.parse({ ...STATUS, ...more })).toEqual({ ...STATUS, ...more })
})

test('a condition of no known type is none', () => {
  expect(statusSchema.safeParse({ ...STATUS, conditions: [{ ...CONDITION, type: 'Happy' }] }).success).toBe(false)
})
