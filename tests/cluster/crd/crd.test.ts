import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { parsePipelineObject } from '../../../adapters/manifest/parse-pipeline-object.ts'
import { meaningOf } from '../../support/cluster/meaning-of.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd, PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { pipelineObject } from '../../support/cluster/pipeline-object.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'

let plane: OwnCluster
let team: TestNamespace

beforeAll(async () => {
  plane = await sharedControlPlane()
  await installCrd(plane)
  team = await TestNamespace.create(plane)
})
afterAll(async () => await team?.[Symbol.asyncDispose]())

/** kubectl in the namespace of the test. */
function run(...args: readonly string[]) {
  return kubectl(plane, ['--namespace', team.name, ...args])
}

test('the definition is taken as it is, without a complaint', async () => {
  const { out } = await run('get', 'crd', 'metricspipelines.metricspipelines.io', '-o', 'json')
  const { status } = JSON.parse(out) as { status: { conditions: { type: string; status: string }[] } }
  expect(Object.fromEntries(status.conditions.map((each) => [each.type, each.status]))).toEqual({
    NamesAccepted: 'True',
    Established: 'True',
  })
  expect(await run('apply', '-f', 'crds/metricspipelines.yaml')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/ unchanged$/m),
    err: '',
  })
})

const FILES = ['examples/*.yaml', 'tests/cluster/fixtures/released/*/objects/*.yaml']

test.each(globSync(FILES))('%s is taken, and means the same there', async (file) => {
  expect(await run('apply', '-f', file)).toMatchObject({ code: 0, err: '' })
  const text = readFileSync(file, 'utf8')
  const { metadata } = parse(text) as { metadata: { name: string } }
  const stored = await team.get(PIPELINES, metadata.name)
  expect(meaningOf(parsePipelineObject(stored))).toEqual(meaningOf(parsePipeline(text, file)))
})

test('a section or field without a value is one that is left out', async () => {
  const { spec, ...object } = pipelineObject()
  const empty = {
    ...object,
    spec: { ...spec, workers: null, telemetry: null, metrics: { ...spec.metrics, signals: null } },
  }
  expect(await kubectl(plane, ['-n', team.name, 'apply', '-f', '-'], { input: JSON.stringify(empty) })).toMatchObject({
    code: 0,
    err: '',
  })
  const stored = await team.get(PIPELINES, 'flights')
  expect(meaningOf(parsePipelineObject(stored))).toEqual(meaningOf(parsePipeline(JSON.stringify(empty), 'file')))
})

test('what kubectl prints of an object is a file that mp reads', async () => {
  await run('apply', '-f', 'examples/airport-departures.yaml')
  const { out } = await run('get', 'mp', 'airport-departures', '-o', 'yaml')
  const written = readFileSync('examples/airport-departures.yaml', 'utf8')
  expect(meaningOf(parsePipeline(out, 'stored'))).toEqual(meaningOf(parsePipeline(written, 'written')))
})

test.each([
  ['mp', 'Metrics over windows of an event stream, kept fresh in PostgreSQL.'],
  ['mp.spec.workers', 'How many workers run, and who says so.'],
  ['mp.spec.metrics.definition.metrics.weighted.percent', 'Two accumulators: 100 × the first / the second.'],
  ['mp.spec.metrics.definition.accumulators.where', 'for an API server cannot.'],
  ['mp.status.conditions.status', 'ENUM:\n    True\n    False\n    Unknown'],
])('kubectl explain %s', async (field, words) => {
  const { code, out, err } = await run('explain', field)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(words)
})
