import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePipeline } from '../../../../adapters/manifest/parse-pipeline.ts'
import { parsePipelineObject } from '../../../../adapters/manifest/parse-pipeline-object.ts'
import { PIPELINE } from './pipeline-text.ts'

const CONNECTED = PIPELINE.replace(
  '      streams: [flights:departures]\n  database: { schema: flights }',
  '      streams: [flights:departures]\n      connection: { secretKeyRef: { name: redis, key: url } }\n  database: { schema: flights, connection: { secretKeyRef: { name: postgres, key: url } } }',
)

/** The object with the text `from` replaced in its YAML. */
function objectWith(from = '', to = ''): Record<string, unknown> {
  return parse(CONNECTED.replace(from, to)) as Record<string, unknown>
}

function problemsOf(object: unknown): readonly string[] {
  const parsed = parsePipelineObject(object)
  return 'problems' in parsed ? parsed.problems : []
}

test('an object of a cluster means what its file means', () => {
  const object = {
    ...objectWith(),
    metadata: { name: 'airport-departures', namespace: 'flights', uid: 'f0', generation: 3, labels: { team: 'air' } },
    status: { observedGeneration: 2, conditions: [] },
  }
  expect(parsePipelineObject(object)).toEqual(parsePipeline(CONNECTED, 'flights.yaml'))
})

test('a field without a value is one that is left out', () => {
  const object = objectWith('windows: [7d, 30d]', 'windows: [7d, 30d]\n    signals: null')
  expect(parsePipelineObject(object)).toEqual(parsePipeline(CONNECTED, 'flights.yaml'))
})

test.each([
  [
    'one of its own fields',
    ['[7d, 30d]', '[7x]'],
    'spec.metrics.windows[0]: "7x" is no duration; write one such as 7d',
  ],
  [
    'between two fields',
    ['quiet: 1s', 'quiet: 5s'],
    'spec.metrics.debounce.quiet: "5s" is longer than maxWait, "2s"; an entity cannot wait for a pause longer than it waits at all',
  ],
  [
    'in its definition',
    ['at: scheduledAt', 'at: scheduldAt'],
    'spec.metrics.definition.events.departure.at: "scheduldAt" is no field of this event; did you mean "scheduledAt"?',
  ],
  [
    'no Redis',
    ['      connection: { secretKeyRef: { name: redis, key: url } }\n', ''],
    'spec.source.redisStreams.connection: is missing; name the Secret and the key that hold the Redis URL',
  ],
  [
    'no PostgreSQL',
    [', connection: { secretKeyRef: { name: postgres, key: url } }', ''],
    'spec.database.connection: is missing; name the Secret and the key that hold the PostgreSQL URL',
  ],
])('a problem is told by its field: %s', (_where, [from, to], problem) => {
  expect(problemsOf(objectWith(from, to))).toEqual([problem])
})

test('all problems come at once', () => {
  const object = objectWith(', connection: { secretKeyRef: { name: postgres, key: url } }', '')
  const problems = problemsOf({ ...object, kind: 'Pipeline', spec: { ...(object['spec'] as object), upgrade: 'Soon' } })
  expect(problems.map((line) => line.split(': ')[0])).toEqual(['kind', 'spec.upgrade', 'spec.database.connection'])
})

test.each([
  ['nothing', undefined, 'missing; write an object'],
  ['a text', 'metrics', 'must be an object, not "metrics"'],
])('%s is no pipeline', (_what, object, problem) => {
  expect(problemsOf(object)).toEqual([problem])
})
