import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { COLLECTED, OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { OperatorProcess } from '../../support/cluster/operator-process.ts'
import { PIPELINES, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'

let here: OperatedNamespace

beforeEach(async () => {
  here = await OperatedNamespace.open()
})

afterEach(() => here[Symbol.asyncDispose]())

const OWNED = [
  'serviceaccounts',
  'configmaps',
  'services',
  'networking.k8s.io/v1/networkpolicies',
  'policy/v1/poddisruptionbudgets',
  'apps/v1/deployments',
  'apps/v1/controllerrevisions',
  'batch/v1/jobs',
  'batch/v1/cronjobs',
]
const OURS = 'app.kubernetes.io/managed-by=metrics-pipeline-operator'

async function owned(selector = OURS): Promise<readonly ApiObject[]> {
  return (await Promise.all(OWNED.map((resource) => here.namespace.list(resource, selector)))).flat()
}

const exporter = () => here.namespace.get('apps/v1/deployments', 'metrics-pipeline-exporter')
const ownersOf = ({ metadata }: ApiObject) => metadata.ownerReferences.map(({ name }: ApiObject) => name)
const volumesOf = (object: ApiObject) => JSON.stringify(object['spec'].template.spec.volumes)

test("the exporter's own credentials are in the exporter's pods and in no others, and the operator reads no Secret", async () => {
  const mark = await here.cluster.audit.mark()
  const pipeline = smallPipeline('orders')
  const lesser = (name: string) => ({ secretKeyRef: { name, key: 'url' } })
  pipeline['spec'].source.redisStreams.exporterConnection = lesser('redis-reader')
  pipeline['spec'].database.exporterConnection = lesser('postgres-reader')
  await here.namespace.create(PIPELINES, pipeline)
  await here.ready('orders')
  await eventually(async () => expect(volumesOf(await exporter())).toContain('"name":"postgres-reader"'))
  const secretsIn = (object: ApiObject) =>
    [...JSON.stringify(object['spec'] ?? {}).matchAll(/"secret":\{"name":"([^"]+)"/g)].map(([, name]) => name).sort()
  expect(secretsIn(await exporter())).toEqual(['postgres-reader', 'redis-reader'])
  const others = (await owned()).filter((each) => each['metadata'].name !== 'metrics-pipeline-exporter')
  expect([...new Set(others.flatMap(secretsIn))].sort()).toEqual(['postgres', 'redis'])
  const asked = (await here.cluster.audit.since(mark)).filter(({ resource }) => resource === 'secrets')
  expect(asked.filter(({ userAgent }) => userAgent.startsWith('metrics-pipeline-operator'))).toEqual([])
})

test('a namespace that goes: nothing is made in it again', async () => {
  await using elsewhere = await TestNamespace.create(here.cluster)
  await here.operator[Symbol.asyncDispose]()
  const watch = [here.namespace.name]
  here.operator = await OperatorProcess.leading({ user: here.cluster, namespace: elsewhere.name, watch }) // where its Lease stays
  await here.settled('orders')
  await here.namespace.create('configmaps', { metadata: { name: 'holds-it', finalizers: ['example.com/hold'] } })
  // The pipeline stays for as long as the namespace does, while all it owns is deleted.
  await here.namespace.patch(PIPELINES, 'orders', { metadata: { finalizers: ['example.com/hold'] } })
  const mark = await here.cluster.audit.mark()
  await here.cluster.api.delete(`/api/v1/namespaces/${here.namespace.name}`)
  await eventually(async () => expect(await owned()).toEqual([]))
  const passes = await here.passes()
  await here.namespace.patch(PIPELINES, 'orders', { metadata: { annotations: { look: 'again' } } })
  await eventually(async () => expect(await here.passes()).toBeGreaterThan(passes))
  expect(await owned()).toEqual([])
  const created = (await here.writesSince(mark)).filter(({ verb, code }) => verb === 'patch' && code === 201)
  expect(created).toEqual([])
  await here.namespace.patch(PIPELINES, 'orders', { metadata: { finalizers: null } })
  await here.namespace.patch('configmaps', 'holds-it', { metadata: { finalizers: null } })
})

test('a pipeline made anew under its name at once owns all of it, and nothing of the old one is left', async () => {
  await here.settled('orders')
  await here.namespace.delete(PIPELINES, 'orders', { propagationPolicy: 'Background' })
  await here.settled('orders', { workers: { replicas: 2 } })
  const { metadata } = await here.namespace.get(PIPELINES, 'orders')
  await eventually(async () => {
    const uids = (await owned()).flatMap((each) =>
      each['metadata'].ownerReferences.filter(({ kind }: ApiObject) => kind === 'MetricsPipeline'),
    )
    expect(new Set(uids.map(({ uid }: ApiObject) => uid))).toEqual(new Set([metadata.uid]))
  })
  await here.ready('orders')
})

test('the exporter forgets a pipeline that goes, and goes with the last', async () => {
  await here.settled('orders')
  await here.settled('returns')
  await eventually(async () => expect(volumesOf(await exporter())).toContain('orders/redis-url'))
  await here.namespace.delete(PIPELINES, 'orders')
  await eventually(async () => {
    expect(ownersOf(await exporter())).toEqual(['returns'])
    expect(volumesOf(await exporter())).not.toContain('orders')
  })
  await here.namespace.delete(PIPELINES, 'returns')
  await eventually(async () => expect(await owned()).toEqual([]), COLLECTED)
}, 120_000)

test('a pipeline deleted alone, and made anew: what it left runs on under the new one', async () => {
  await here.settled('orders')
  const before = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  await here.namespace.delete(PIPELINES, 'orders', { propagationPolicy: 'Orphan' })
  await eventually(async () => expect(await here.namespace.list(PIPELINES)).toEqual([]), COLLECTED)
  await here.settled('orders')
  const after = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  expect(after['metadata'].uid).toBe(before['metadata'].uid)
  expect(after['spec'].template).toEqual(before['spec'].template)
}, 120_000)

test('a pipeline deleted while no operator runs: all of it goes, and the next operator brings nothing back', async () => {
  await here.settled('orders')
  await here.settled('returns')
  await eventually(async () => expect(ownersOf(await exporter())).toEqual(['orders', 'returns']))
  await here.operator[Symbol.asyncDispose]()
  await here.namespace.delete(PIPELINES, 'orders')
  const gone = async () => expect(await owned('metricspipelines.io/pipeline=orders')).toEqual([])
  await eventually(gone, COLLECTED)
  const mark = await here.cluster.audit.mark()
  here.operator = await OperatorProcess.leading({ user: here.cluster, namespace: here.namespace.name })
  await eventually(async () => expect(ownersOf(await exporter())).toEqual(['returns']))
  await here.ready('returns')
  expect((await here.writesSince(mark)).filter(({ name }) => name.startsWith('orders'))).toEqual([])
}, 120_000)
