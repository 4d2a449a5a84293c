import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../support/cluster/api-client.ts'
import { type AuditedRequest, isWrite } from '../support/cluster/audit-log.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { projectImage } from '../support/cluster/images.ts'
import { PIPELINES, smallPipeline } from '../support/cluster/pipeline-fixture.ts'
import { PlayedNode, PROJECT_IMAGE } from '../support/cluster/played-node.ts'
import { Release } from '../support/cluster/release.ts'
import { installServiceMonitors } from '../support/cluster/service-monitors.ts'
import { TestNamespace } from '../support/cluster/test-namespace.ts'
import { eventually } from '../support/eventually.ts'

const IDLE_IMAGE = 'example/idle:1'
const MANAGED = 'app.kubernetes.io/managed-by=metrics-pipeline-operator'
const CREATED = 201

/** For rights that are the cluster's. */
let plane: ControlPlane
let node: PlayedNode
let namespace: TestNamespace
let release: Release

beforeAll(async () => {
  plane = await ControlPlane.start()
  const sleep = ['sleep', '1000000']
  node = await PlayedNode.join(plane, {
    images: {
      [PROJECT_IMAGE]: projectImage(),
      [IDLE_IMAGE]: { programs: { mp: ['true'], worker: sleep, aggregator: ['true'] } },
    },
  })
  namespace = await TestNamespace.create(plane)
  await installServiceMonitors(plane)
  release = await Release.install(plane, namespace.name, { image: { tag: 'test' } })
})
afterAll(async () => {
  await namespace?.[Symbol.asyncDispose]()
  await node?.[Symbol.asyncDispose]()
  await plane?.[Symbol.asyncDispose]()
})

async function createPipeline(): Promise<void> {
  const small = smallPipeline('small')
  await namespace.create(PIPELINES, { ...small, spec: { ...small['spec'], image: IDLE_IMAGE } })
}

const workerDeployments = async () =>
  await namespace.list('apps/v1/deployments', `${MANAGED},metricspipelines.io/pipeline=small`)

async function workersAreWanted(replicas: number): Promise<void> {
  await eventually(async () => expect((await workerDeployments()).map(({ spec }) => spec.replicas)).toEqual([replicas]))
}

async function untilItSays(reason: string): Promise<void> {
  await eventually(async () => {
    const { status } = await namespace.get(PIPELINES, 'small')
    expect(status?.conditions?.map((each: ApiObject) => each['reason'])).toContain(reason)
  })
}

/** As a rule of a role says it. */
const text = (group: string, resource: string, verb: string) => `${verb} ${resource}${group && `.${group}`}`

/** A patch that made its object took the right to create it as well. */
function rightsTaken(requests: readonly AuditedRequest[]): ReadonlySet<string> {
  const taken = requests.flatMap(({ apiGroup, resource, subresource, verb, code }) => {
    const named = subresource === '' ? resource : `${resource}/${subresource}`
    return (verb === 'patch' && code === CREATED ? [verb, 'create'] : [verb]).map((each) => text(apiGroup, named, each))
  })
  return new Set(taken)
}

async function rightsGiven(): Promise<ReadonlySet<string>> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const roles = [
    await plane.api.get(`${rbac}/clusterroles/${release.fullname}`),
    await namespace.get('rbac.authorization.k8s.io/v1/roles', `${release.fullname}-leader`),
  ]
  const rules: readonly Record<'apiGroups' | 'resources' | 'verbs', readonly string[]>[] = roles.flatMap(
    (role) => role['rules'],
  )
  const given = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => text(group, resource, verb)))),
  )
  return new Set(given)
}

test('the operator takes every right that the chart gives it, and asks for no other', async () => {
  for (const secret of ['redis', 'postgres']) {
    await namespace.create('secrets', { metadata: { name: secret }, stringData: { url: 'redis://nowhere' } })
  }
  await createPipeline()
  await workersAreWanted(1)
  // The same news twice is one event that is counted.
  for (const suspend of [true, false, true]) {
    await namespace.patch(PIPELINES, 'small', { spec: { suspend } })
    await workersAreWanted(suspend ? 0 : 1)
    if (suspend) await untilItSays('Suspended')
  }
  // What a pipeline of the same name left behind, before the collector gets to it.
  process.kill(plane.pidOf('kube-controller-manager'), 'SIGSTOP')
  const before = (await workerDeployments()).map(({ metadata }) => metadata.uid)
  await namespace.delete(PIPELINES, 'small')
  await createPipeline()
  const user = `system:serviceaccount:${namespace.name}:${release.fullname}`
  const requests = async () => (await plane.audit.since(0)).filter((each) => each.user === user && each.resource !== '')
  const given = await rightsGiven()
  // Asked for by clusters that check who may hold up a deletion; nobody sends such a request.
  const unsent = new Set(['update metricspipelines/finalizers.metricspipelines.io'])
  await eventually(async () => {
    const taken = rightsTaken(await requests())
    expect([...given].filter((right) => !taken.has(right) && !unsent.has(right))).toEqual([])
    expect((await workerDeployments()).map(({ metadata }) => metadata.uid)).not.toEqual(before)
  })
  process.kill(plane.pidOf('kube-controller-manager'), 'SIGCONT')

  const all = await requests()
  expect(all.filter(({ code }) => code === 403)).toEqual([])
  expect(all.some(isWrite)).toBe(true)
  expect([...rightsTaken(all)].filter((right) => !given.has(right))).toEqual([])
}, 180_000)
