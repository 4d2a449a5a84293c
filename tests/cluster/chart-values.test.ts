import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CHART, type ChartValues, helmAlone, renderChart, templateChart } from '../support/cluster/chart.ts'

test('helm finds nothing to say against the chart', async () => {
  const { code, out } = await helmAlone(['lint', '--strict', CHART])
  expect({ code, warnings: out.match(/\[(WARNING|ERROR)\].*/g) }).toEqual({ code: 0, warnings: null })
})

describe('is refused, and says why', () => {
  test.each<[string, ChartValues, string]>([
    ['a value that does not exist', { replicaCount: 2 }, "at '': additional properties 'replicaCount' not allowed"],
    [
      'one below that does not exist',
      { image: { name: 'x' } },
      "at '/image': additional properties 'name' not allowed",
    ],
    ['no operator at all', { replicas: 0 }, "at '/replicas': minimum: got 0, want 1"],
    ['a crowd of operators', { replicas: 6 }, "at '/replicas': maximum: got 6, want 5"],
    ['half an operator', { replicas: 1.5 }, "at '/replicas': got number, want integer"],
    ['a number as text', { replicas: '2' }, "at '/replicas': got string, want integer"],
    ['an image without a name', { image: { repository: '' } }, "at '/image/repository': '' does not match pattern"],
    [
      'an image with its tag',
      { image: { repository: 'team/mp:1' } },
      "at '/image/repository': 'team/mp:1' does not match",
    ],
    ['an image in capitals', { image: { repository: 'Team/mp' } }, "at '/image/repository': 'Team/mp' does not match"],
    ['a tag with a space', { image: { tag: '1 0' } }, "at '/image/tag': '1 0' does not match pattern"],
    ['a tag that is a number', { image: { tag: 1.1 } }, "at '/image/tag': got number, want string"],
    ['the tag latest', { image: { tag: 'latest' } }, 'image.tag: latest is another image tomorrow'],
    ['a short digest', { image: { digest: 'sha256:12' } }, "at '/image/digest': 'sha256:12' does not match pattern"],
    [
      'a pull policy of its own',
      { image: { pullPolicy: 'Sometimes' } },
      "at '/image/pullPolicy': value must be one of",
    ],
    [
      'a pull secret by its bare name',
      { imagePullSecrets: ['registry'] },
      "at '/imagePullSecrets/0': got string, want",
    ],
    ['a name too long for what is put behind it', { fullnameOverride: 'x'.repeat(54) }, "at '/fullnameOverride': "],
    [
      'namespaces as a text',
      { watch: { namespaces: 'shop,bakery' } },
      "at '/watch/namespaces': got string, want array",
    ],
    ['a namespace in capitals', { watch: { namespaces: ['Shop'] } }, "at '/watch/namespaces/0': 'Shop' does not match"],
    ['a namespace twice', { watch: { namespaces: ['shop', 'shop'] } }, "at '/watch/namespaces': items at 0 and 1"],
    ['yes for true', { crds: { keep: 'yes' } }, "at '/crds/keep': got string, want boolean"],
    [
      'an unknown log level',
      { logLevel: 'trace' },
      "at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'",
    ],
    [
      'a collector without a scheme',
      { telemetry: { otlpEndpoint: 'collector:4318' } },
      "at '/telemetry/otlpEndpoint': 'collector:4318' does not match pattern",
    ],
    [
      'a ratio for a percentage',
      { telemetry: { traceSampling: '0.01' } },
      "at '/telemetry/traceSampling': '0.01' does not match pattern",
    ],
    ['no request at all', { apiRequestsPerSecond: 0 }, "at '/apiRequestsPerSecond': minimum: got 0, want 1"],
    ['a duration for seconds', { signalSeconds: '10s' }, "at '/signalSeconds': got string, want integer"],
    [
      'memory in words',
      { resources: { limits: { memory: 'lots' } } },
      "at '/resources/limits/memory': 'lots' does not",
    ],
    ['no memory limit', { resources: { limits: null } }, "at '/resources': missing property 'limits'"],
    [
      'a resource that nothing here uses',
      { resources: { limits: { gpu: 1 } } },
      "additional properties 'gpu' not allowed",
    ],
    ['a priority in capitals', { priorityClassName: 'High' }, "at '/priorityClassName': 'High' does not match"],
    [
      'a node label that is no text',
      { nodeSelector: { ssd: true } },
      "at '/nodeSelector/ssd': got boolean, want string",
    ],
    [
      'a toleration misspelt',
      { tolerations: [{ efect: 'NoSchedule' }] },
      "at '/tolerations/0': additional properties 'efect'",
    ],
    [
      'an affinity of its own',
      { affinity: { rackAffinity: {} } },
      "at '/affinity': additional properties 'rackAffinity'",
    ],
    ['a spread without a topology', { topologySpreadConstraints: [{ maxSkew: 1 }] }, 'missing properties'],
    ['a label that is no text', { podLabels: { team: 7 } }, "at '/podLabels/team': got number, want string"],
    ['an annotation that is no text', { podAnnotations: { inject: true } }, "at '/podAnnotations/inject': got boolean"],
    [
      'an interval without a unit',
      { metrics: { serviceMonitor: { interval: '30' } } },
      "/interval': '30' does not match",
    ],
    [
      'runbooks that are no folder',
      { metrics: { prometheusRule: { runbooks: 'x' } } },
      "/runbooks': 'x' does not match",
    ],
    ['a peer that selects nothing', { networkPolicy: { from: [{}] } }, "at '/networkPolicy/from/0': minProperties"],
  ])('%s', async (_sentence, values, message) => {
    const { code, err } = await templateChart(values)
    expect(err).toContain(message)
    expect(code).toBe(1)
  })
})

test('values for all charts of a parent are taken', async () => {
  expect(await templateChart({ global: { region: 'north' } })).toMatchObject({ code: 0 })
})

describe('helm install says what comes next', () => {
  const BARE_IMAGE = /names no registry, so the nodes must have it already/
  const KEPT = /Uninstalling this release leaves all MetricsPipelines/

  test.each<[string, ChartValues, RegExp]>([
    ['whose pipelines are looked after', {}, /looks after the MetricsPipelines of all namespaces\./],
    ['which namespaces these are', { watch: { namespaces: ['shop', 'bakery'] } }, /MetricsPipelines of shop, bakery\./],
    ['that an image without a registry must be there', {}, BARE_IMAGE],
    ['that the definition must be there', { crds: { enabled: false } }, /does not bring the definition/],
    ['that pipelines outlive it', {}, KEPT],
    ['the same of a definition that is not its own', { crds: { enabled: false, keep: false } }, KEPT],
    ['that they do not where that was wanted', { crds: { keep: false } }, /deletes the definition of MetricsPipeline/],
  ])('%s', async (_sentence, values, notes) => {
    const command = ['install', 'operator', CHART, '--dry-run=client', '--values', '-']
    const { code, out } = await helmAlone(command, JSON.stringify(values))
    expect(out.slice(out.indexOf('\nNOTES:'))).toMatch(notes)
    expect(code).toBe(0)
  })

  test('nothing of an image that has one', async () => {
    const values = JSON.stringify({ image: { repository: 'registry.example.com/mp' } })
    const { out } = await helmAlone(['install', 'operator', CHART, '--dry-run=client', '--values', '-'], values)
    expect(out).toContain('NOTES:')
    expect(out).not.toMatch(BARE_IMAGE)
  })
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

test('whatever may be given has a default, but what a parent hands to all its charts and the parts of an affinity', async () => {
  const schema: Schema = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8'))
  const values = parse(await readFile(join(CHART, 'values.yaml'), 'utf8'))
  const withoutDefault = ({ properties = {} }: Schema, given: ChartValues, path = ''): readonly string[] =>
    Object.entries(properties).flatMap(([name, below]) =>
      name in given ? withoutDefault(below, given[name] as ChartValues, `${path}${name}.`) : [`${path}${name}`],
    )
  expect(withoutDefault(schema, values)).toEqual([
    'global',
    'affinity.nodeAffinity',
    'affinity.podAffinity',
    'affinity.podAntiAffinity',
  ])
})

test('what is said of telemetry becomes the variables of OpenTelemetry, and nothing where there is no endpoint', async () => {
  const otlpIn = async (telemetry: ChartValues) => {
    const deployment = (await renderChart({ telemetry })).find(({ kind }) => kind === 'Deployment')
    const { env } = deployment!['spec'].template.spec.containers[0] as { env: readonly { name: string }[] }
    return env.filter(({ name }) => name.startsWith('OTEL_'))
  }
  expect(await otlpIn({ otlpHeaders: { secret: 'collector' }, otlpMetrics: true })).toEqual([])
  expect(
    await otlpIn({
      otlpEndpoint: 'http://collector:4317',
      otlpProtocol: 'grpc',
      traceSampling: '2.5%',
      otlpMetrics: true,
      otlpHeaders: { secret: 'collector' },
    }),
  ).toEqual([
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector:4317' },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'grpc' },
    { name: 'OTEL_TRACES_SAMPLER', value: 'parentbased_traceidratio' },
    { name: 'OTEL_TRACES_SAMPLER_ARG', value: '0.025' },
    { name: 'OTEL_METRICS_EXPORTER', value: 'otlp' },
    {
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      valueFrom: { secretKeyRef: { name: 'collector', key: 'headers', optional: true } },
    },
  ])
})
