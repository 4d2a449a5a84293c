import { expect, test } from 'vitest'
import type { DesiredPipeline } from '../../../../core/operator/desired-pipeline.ts'
import { exporterObjects } from '../../../../core/operator/objects/exporter.ts'
import { desired, OWNER, SPEC } from './world.ts'

const SETTINGS = { image: 'example/metrics:1', logLevel: 'info', pullSecrets: [] }

function pipeline(name: string, change: Partial<DesiredPipeline> = {}): DesiredPipeline {
  return { ...desired(), owner: { ...OWNER, name, uid: `uid-${name}` }, ...change }
}

const kinds = (pipelines: readonly DesiredPipeline[], hasServiceMonitors = true) =>
  exporterObjects(pipelines, SETTINGS, hasServiceMonitors).map(({ kind }) => kind)

test('a namespace without pipelines has no exporter', () => {
  expect(kinds([])).toEqual([])
})

test('in whatever order the pipelines are told, the objects are the same, and belong to all of them', () => {
  const [a, b] = [pipeline('a'), pipeline('b')]
  const objects = exporterObjects([a, b], SETTINGS, true)
  expect(exporterObjects([b, a], SETTINGS, true)).toEqual(objects)
  for (const { metadata } of objects)
    expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(['uid-a', 'uid-b'])
})

test.each([
  ['where the cluster knows the kind', [pipeline('a')], true, true],
  ['not where it does not', [pipeline('a')], false, false],
  [
    'not where no pipeline wants it',
    [pipeline('a', { spec: { ...SPEC, telemetry: { ...SPEC.telemetry, serviceMonitor: false } } })],
    true,
    false,
  ],
])('its metrics are scraped %s', (_name, pipelines, isKnown, expected) => {
  expect(kinds(pipelines, isKnown).includes('ServiceMonitor')).toBe(expected)
})

test('it is given the lesser credentials, where a pipeline names some', () => {
  const lesser = { secretKeyRef: { name: 'lesser', key: 'url' } }
  const spec = { ...SPEC, database: { ...SPEC.database, exporterConnection: lesser } }
  const text = JSON.stringify(exporterObjects([pipeline('a', { spec })], SETTINGS, false))
  expect(text).toContain('"name":"lesser"')
  expect(text).not.toContain('"name":"postgres"')
})

test.each([
  [1, '256Mi'],
  [99, '256Mi'],
  [100, '320Mi'],
  [1_000, '896Mi'],
])('for %i pipelines it may have %s', (count, memory) => {
  const many = Array.from({ length: count }, (_, index) => pipeline(`p-${index}`))
  expect(JSON.stringify(exporterObjects(many, SETTINGS, false))).toContain(`"limits":{"memory":"${memory}"}`)
})
