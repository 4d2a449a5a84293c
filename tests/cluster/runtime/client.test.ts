import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubernetesClient } from '../../../adapters/kubernetes/kubernetes-client.ts'
import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
} from '../../../adapters/kubernetes/kubernetes-error.ts'
import type { ResourceKind } from '../../../adapters/kubernetes/kubernetes-object.ts'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { OWNED_KINDS, PIPELINE_KIND } from '../../../operator/kinds.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { clientOf, type TestClient } from '../../support/kubernetes/client-of.ts'

const CONFIG_MAP: ResourceKind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const DEPLOYMENT: ResourceKind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true }
const NAMESPACE: ResourceKind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
const ABSENT: ResourceKind = { apiVersion: 'absent.example/v1', kind: 'Thing', plural: 'things', namespaced: true }

let plane: OwnCluster
let shop: TestNamespace
let admin: TestClient
let client: KubernetesClient

beforeAll(async () => {
  plane = await sharedControlPlane()
  await installCrd(plane)
  shop = await TestNamespace.create(plane)
  admin = clientOf(plane.kubeconfig)
  client = admin.client
})
afterAll(async () => {
  admin[Symbol.dispose]()
  await shop[Symbol.asyncDispose]()
})

function configMap(name: string, data: Readonly<Record<string, string>>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: shop.name }, data }
}

function deployment(name: string, replicas: number): KubernetesObject {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'idle', image: 'idle' }] } }
  const spec = { replicas, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: shop.name }, spec }
}

function pipeline(name: string): KubernetesObject {
  const { apiVersion, kind } = PIPELINE_KIND
  return { apiVersion, kind, metadata: { name, namespace: shop.name }, spec: smallPipeline(name)['spec'] }
}

test('what is applied is there; what others set stays; what is not applied any more goes', async () => {
  await client.apply(CONFIG_MAP, configMap('shared', { ours: '1', dropped: '1' }))
  await shop.patch('configmaps', 'shared', { data: { theirs: '1' }, metadata: { annotations: { note: 'theirs' } } })
  const { data, metadata } = await client.apply(CONFIG_MAP, configMap('shared', { ours: '2' }))
  expect(data).toEqual({ ours: '2', theirs: '1' })
  expect(metadata.annotations).toEqual({ note: 'theirs' })
})

test('the same applied again is no change', async () => {
  const first = await client.apply(CONFIG_MAP, configMap('same', { a: '1' }))
  expect(await client.apply(CONFIG_MAP, configMap('same', { a: '1' }))).toEqual(first)
})

test('an object that was deleted meanwhile does not rise again when it is applied with its uid', async () => {
  const { metadata } = await client.apply(CONFIG_MAP, configMap('gone', { a: '1' }))
  await client.delete(CONFIG_MAP, shop.name, 'gone')
  const known = {
    ...configMap('gone', { a: '2' }),
    metadata: { name: 'gone', namespace: shop.name, uid: metadata.uid! },
  }
  await expect(client.apply(CONFIG_MAP, known)).rejects.toThrow(ConflictError)
  expect(await client.get(CONFIG_MAP, shop.name, 'gone')).toBeUndefined()
})

const POD = { containers: [{ name: 'idle', image: 'idle' }], restartPolicy: 'Never' }
const TEMPLATE = { metadata: { labels: { app: 'idle' } }, spec: POD }
const SELECTOR = { matchLabels: { app: 'idle' } }

/** The least of each kind that the API server takes. */
const LEAST: Readonly<Record<string, ApiObject>> = {
  ServiceAccount: {},
  ConfigMap: { data: { a: '1' } },
  Service: { spec: { ports: [{ port: 80 }] } },
  Deployment: { spec: { selector: SELECTOR, template: { ...TEMPLATE, spec: { containers: POD.containers } } } },
  ControllerRevision: { revision: 1, data: {} },
  Job: { spec: { template: TEMPLATE, suspend: true } },
  CronJob: { spec: { schedule: '0 0 * * *', suspend: true, jobTemplate: { spec: { template: TEMPLATE } } } },
  PodDisruptionBudget: { spec: { selector: SELECTOR, maxUnavailable: 1 } },
  NetworkPolicy: { spec: { podSelector: {} } },
  MetricsPipeline: { spec: smallPipeline('small')['spec'] }, // a custom resource, as a ServiceMonitor is
}

test.each([...OWNED_KINDS, PIPELINE_KIND])(
  'one of the kind $kind is made anew only where there is none',
  async (kind) => {
    const { apiVersion } = kind
    const of = (name: string): KubernetesObject => ({
      apiVersion,
      kind: kind.kind,
      metadata: { name, namespace: shop.name, labels: { ours: 'yes' } },
      ...LEAST[kind.kind],
    })
    expect((await client.applyNew(kind, of('ours'))).metadata).toMatchObject({ name: 'ours', labels: { ours: 'yes' } })

    const resource = `${apiVersion}/${kind.plural}`
    const { metadata } = await shop.create(resource, { ...of('theirs'), metadata: { name: 'theirs' } })
    await expect(client.applyNew(kind, of('theirs'))).rejects.toThrow(ConflictError)
    const still = await client.find(kind, shop.name, 'theirs')
    expect(still?.metadata.uid).toBe(metadata.uid)
    expect(still?.metadata.labels?.['ours']).toBeUndefined()
    await expect(client.applyNew(kind, of('ours'))).rejects.toThrow(ConflictError)
  },
)

test('of many who make the same anew at once, one does', async () => {
  const tries = Array.from({ length: 10 }, (_, index) =>
    client.applyNew(CONFIG_MAP, configMap('raced', { by: `${index}` })),
  )
  const ends = await Promise.allSettled(tries)
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(ConflictError)
})

test('what was applied as new and is not applied any more goes', async () => {
  await client.applyNew(CONFIG_MAP, configMap('new', { kept: '1', dropped: '1' }))
  expect((await client.apply(CONFIG_MAP, configMap('new', { kept: '1' })))['data']).toEqual({ kept: '1' })
})

test('an object is found by its name among others, and one that is not there is not', async () => {
  await client.apply(CONFIG_MAP, configMap('found', { a: '1' }))
  expect((await client.find(CONFIG_MAP, shop.name, 'found'))?.metadata.name).toBe('found')
  expect(await client.find(CONFIG_MAP, shop.name, 'foun')).toBeUndefined()
})

test('the status is a resource of its own, and is replaced whole', async () => {
  const { metadata } = await client.apply(DEPLOYMENT, deployment('parts', 0))
  const conditions = [{ type: 'Told', status: 'True' }]
  expect(await client.replaceStatus(DEPLOYMENT, metadata, { conditions })).toBe(true)
  const told = await client.get(DEPLOYMENT, shop.name, 'parts')
  expect(told?.['status']).toMatchObject({
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'Told' })]),
  })
  expect(told?.['spec']).toMatchObject({ replicas: 0 })
})

test('the status of an object that is gone, or of which another has the name now, is nobody else’s', async () => {
  const status = { conditions: [], workers: '1/1' }
  const { metadata } = await client.apply(PIPELINE_KIND, pipeline('again'))
  await client.delete(PIPELINE_KIND, shop.name, 'again')
  expect(await client.replaceStatus(PIPELINE_KIND, metadata, status)).toBe(false)
  expect(await client.get(PIPELINE_KIND, shop.name, 'again')).toBeUndefined()

  const { metadata: anew } = await client.apply(PIPELINE_KIND, pipeline('again'))
  expect(await client.replaceStatus(PIPELINE_KIND, metadata, status)).toBe(false)
  expect(await client.get(PIPELINE_KIND, shop.name, 'again')).not.toHaveProperty('status')
  expect(await client.replaceStatus(PIPELINE_KIND, anew, status)).toBe(true)
})

test('a status that is not acceptable is refused as such', async () => {
  const { metadata } = await client.apply(PIPELINE_KIND, pipeline('wrong'))
  await expect(client.replaceStatus(PIPELINE_KIND, metadata, { replicas: 'many' })).rejects.toThrow(/status\.replicas/)
})

test('nobody’s notes on who manages what come along', async () => {
  await client.apply(CONFIG_MAP, configMap('plain', { a: '1' }))
  const { items } = await client.list(CONFIG_MAP, { namespace: shop.name })
  expect(items.map(({ metadata }) => metadata.name)).toContain('plain')
  expect(JSON.stringify(items)).not.toContain('managedFields')
  expect(items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1')).toBe(true)
})

test('an object of that name, but not the one that was meant, is not deleted', async () => {
  await client.apply(CONFIG_MAP, configMap('another', {}))
  const uid = '00000000-0000-0000-0000-000000000000'
  await expect(client.delete(CONFIG_MAP, shop.name, 'another', { uid })).rejects.toThrow(ConflictError)
  expect(await client.get(CONFIG_MAP, shop.name, 'another')).toBeDefined()
  expect(await client.delete(CONFIG_MAP, shop.name, 'another')).toBe(true)
  expect(await client.delete(CONFIG_MAP, shop.name, 'another')).toBe(false)
})

test('a name that is taken, and a version that is not the latest, are conflicts', async () => {
  const made = await client.create(CONFIG_MAP, configMap('once', { a: '1' }))
  await expect(client.create(CONFIG_MAP, configMap('once', {}))).rejects.toMatchObject({ alreadyExists: true })
  await client.replace(CONFIG_MAP, { ...made, data: { a: '2' } })
  await expect(client.replace(CONFIG_MAP, { ...made, data: { a: '3' } })).rejects.toMatchObject({
    alreadyExists: false,
  })
})

test('what is wrong with an object is named by its fields', async () => {
  const error = await client.apply(DEPLOYMENT, deployment('wrong', -1)).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(InvalidError)
  expect((error as InvalidError).causes.map(({ field }) => field)).toEqual(['spec.replicas'])
})

test('a kind that nobody installed is another thing than an object that is not there', async () => {
  expect(await client.get(NAMESPACE, undefined, 'absent')).toBeUndefined()
  await expect(client.get(ABSENT, shop.name, 'a')).rejects.toMatchObject({ kindIsServed: false })
  await expect(client.list(ABSENT)).rejects.toThrow(NotFoundError)
})

test('what a role does not allow is named by verb and resource', async () => {
  const { kubeconfig } = await shop.createUser('clerk', { rules: [] })
  using clerk = clientOf(kubeconfig)
  expect(clerk.connection.namespace).toBe(shop.name)
  const error = await clerk.client.list(CONFIG_MAP, { namespace: shop.name }).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(ForbiddenError)
  expect((error as Error).message).toMatch(/list configmaps .*cannot list resource "configmaps"/)
})

test('a list longer than a page is whole', async () => {
  await using large = await TestNamespace.create(plane)
  const names = Array.from({ length: 620 }, (_, index) => `c-${index}`)
  const fast = clientOf(plane.kubeconfig, { pace: { perSecond: 2_000, burst: 50 } })
  for (let from = 0; from < names.length; from += 50) {
    const some = names.slice(from, from + 50)
    await Promise.all(
      some.map((name) =>
        fast.client.create(CONFIG_MAP, { ...configMap(name, {}), metadata: { name, namespace: large.name } }),
      ),
    )
  }
  const { items } = await fast.client.list(CONFIG_MAP, { namespace: large.name })
  fast[Symbol.dispose]()
  const listed = new Set(items.map(({ metadata }) => metadata.name))
  expect(items).toHaveLength(listed.size)
  expect(names.filter((name) => !listed.has(name))).toEqual([])
})
