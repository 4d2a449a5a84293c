import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { eventually } from '../../support/eventually.ts'

let here: OperatedNamespace

beforeAll(async () => {
  here = await OperatedNamespace.open()
  await here.settled('orders')
})

afterAll(() => here[Symbol.asyncDispose]())

const WITHIN = { withinMs: 5_000 } // what the operator promises, and no test's guess

const OBJECTS = [
  ['serviceaccounts', 'orders-worker'],
  ['networking.k8s.io/v1/networkpolicies', 'orders-worker'],
  ['apps/v1/deployments', 'orders-worker'],
  ['batch/v1/cronjobs', 'orders-aggregation'],
  ['batch/v1/cronjobs', 'orders-day-roll'],
  ['policy/v1/poddisruptionbudgets', 'orders-worker'],
  ['serviceaccounts', 'metrics-pipeline-exporter'],
  ['services', 'metrics-pipeline-exporter'],
  ['networking.k8s.io/v1/networkpolicies', 'metrics-pipeline-exporter'],
  ['apps/v1/deployments', 'metrics-pipeline-exporter'],
] as const

test.each(OBJECTS)('%s %s comes back when it is deleted', async (resource, name) => {
  const { metadata } = await here.namespace.get(resource, name)
  await here.namespace.delete(resource, name)
  await eventually(async () => {
    const now = await here.namespace.get(resource, name)
    expect(now['metadata'].uid).not.toBe(metadata.uid)
  }, WITHIN)
})

test('the pipeline file comes back when it is deleted', async () => {
  const [file] = await here.namespace.list('configmaps', 'metricspipelines.io/pipeline=orders')
  await here.namespace.delete('configmaps', file!['metadata'].name)
  await eventually(async () => {
    expect((await here.namespace.get('configmaps', file!['metadata'].name))['data']).toEqual(file!['data'])
  }, WITHIN)
})

test.each(OBJECTS)('%s %s is mended when its labels and owner are taken away', async (resource, name) => {
  await here.ready('orders')
  const before = await here.namespace.get(resource, name)
  const none = Object.fromEntries(Object.keys(before['metadata'].labels).map((label) => [label, null]))
  await here.namespace.patch(resource, name, { metadata: { labels: none, ownerReferences: null } })
  await eventually(async () => {
    const { metadata } = await here.namespace.get(resource, name)
    expect(metadata.labels).toEqual(before['metadata'].labels)
    expect(metadata.ownerReferences).toEqual(before['metadata'].ownerReferences)
  }, WITHIN)
})

const container = ({ spec }: ApiObject): ApiObject => spec.template.spec.containers[0]

test.each<[string, (deployment: ApiObject) => ApiObject]>([
  ['the image', (d) => ({ spec: { template: { spec: { containers: [{ ...container(d), image: 'other' }] } } } })],
  ['the environment', (d) => ({ spec: { template: { spec: { containers: [{ ...container(d), env: [] }] } } } })],
  ['the number of workers', () => ({ spec: { replicas: 7 } })],
  ['how it rolls out', () => ({ spec: { strategy: { rollingUpdate: { maxUnavailable: 1 } } } })],
])('%s is set right again', async (_name, change) => {
  const before = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  await here.namespace.patch('apps/v1/deployments', 'orders-worker', change(before))
  await eventually(async () => {
    const now = await here.namespace.get('apps/v1/deployments', 'orders-worker')
    expect(now['spec']).toEqual(before['spec'])
  }, WITHIN)
})

test.each([
  [
    'a port',
    [
      {
        ports: [
          { protocol: 'TCP', port: 'http' },
          { protocol: 'TCP', port: 22 },
        ],
      },
    ],
  ],
  ['everything', [{ ports: [{ protocol: 'TCP', port: 'http' }] }, {}]],
])('%s that somebody opened in the network policy is closed again', async (_name, ingress) => {
  const before = await here.namespace.get('networking.k8s.io/v1/networkpolicies', 'orders-worker')
  await here.namespace.patch('networking.k8s.io/v1/networkpolicies', 'orders-worker', { spec: { ingress } })
  await eventually(async () => {
    const now = await here.namespace.get('networking.k8s.io/v1/networkpolicies', 'orders-worker')
    expect(now['spec']).toEqual(before['spec'])
  }, WITHIN)
})

test('what others add stays: labels, annotations, a sidecar, a restart', async () => {
  await here.ready('orders')
  const before = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  const mark = await here.cluster.audit.mark()
  const passes = await here.passes()
  await here.namespace.cluster.api.patch(
    here.namespace.path('apps/v1/deployments', 'orders-worker'),
    {
      metadata: { labels: { team: 'blue' }, annotations: { 'mesh/injected': 'yes' } },
      spec: {
        template: {
          metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
          spec: { containers: [{ name: 'proxy', image: 'mesh' }] },
        },
      },
    },
    'strategic-merge',
  )
  await eventually(async () => expect(await here.passes()).toBeGreaterThan(passes))
  await here.ready('orders')
  const now = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  expect(now['metadata'].labels.team).toBe('blue')
  expect(now['metadata'].annotations['mesh/injected']).toBe('yes')
  expect(now['spec'].template.metadata.annotations['kubectl.kubernetes.io/restartedAt']).toBe('now')
  expect(now['spec'].template.spec.containers.map(({ name }: ApiObject) => name).sort()).toEqual(['proxy', 'worker'])
  expect(now['metadata'].generation).toBe(before['metadata'].generation + 1) // one rollout, and no fight
  const writes = (await here.writesSince(mark)).filter(({ resource }) => resource === 'deployments')
  expect(writes).toEqual([])
})
