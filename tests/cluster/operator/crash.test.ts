import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { OperatorProcess } from '../../support/cluster/operator-process.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd, PIPELINES, runPods, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { FatalWayToCluster } from '../../support/kubernetes/fatal-way-to-cluster.ts'

const RESOURCES = [
  'serviceaccounts',
  'configmaps',
  'services',
  'apps/v1/deployments',
  'apps/v1/controllerrevisions',
  'batch/v1/jobs',
  'batch/v1/cronjobs',
  'policy/v1/poddisruptionbudgets',
  'networking.k8s.io/v1/networkpolicies',
]
const OURS = 'app.kubernetes.io/managed-by=metrics-pipeline-operator'
const LONG = { withinMs: 100_000 }

/**
 * What becomes of two pipelines, step by step, by what one sees that the operator has got there, and how many kills that takes at least: passes
 * over pipelines and exporters go on side by side, so one kill may come with several writes.
 */
const STEPS: readonly (readonly [string, (namespace: TestNamespace) => Promise<unknown>, ApiObject, number])[] = [
  [
    'created',
    async (namespace) => {
      for (const name of ['orders', 'returns']) await namespace.create(PIPELINES, smallPipeline(name))
    },
    { status: 'True' },
    8,
  ],
  [
    'changed',
    (namespace) => namespace.patch(PIPELINES, 'orders', { spec: { metrics: { windows: ['14d'] } } }),
    { status: 'True' },
    4,
  ],
  [
    'suspended',
    (namespace) => namespace.patch(PIPELINES, 'orders', { spec: { suspend: true } }),
    { status: 'False', reason: 'Suspended' },
    2,
  ],
  ['left alone by its neighbour', (namespace) => namespace.delete(PIPELINES, 'returns'), { reason: 'Suspended' }, 1],
]

let cluster: OwnCluster
let calm: OperatedNamespace
let stormy: TestNamespace
let way: FatalWayToCluster

beforeAll(async () => {
  cluster = await sharedControlPlane()
  await installCrd(cluster)
  way = await FatalWayToCluster.to(cluster)
  calm = await OperatedNamespace.open()
  stormy = await TestNamespace.create(cluster)
})

afterAll(async () => {
  await calm?.[Symbol.asyncDispose]()
  await stormy?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
})

async function arrived(namespace: TestNamespace, expected: ApiObject): Promise<void> {
  await runPods(namespace)
  for (const { metadata, status } of await namespace.list(PIPELINES)) {
    const ready = status?.conditions.find(({ type }: ApiObject) => type === 'Ready')
    expect(ready).toMatchObject(metadata.name === 'orders' ? expected : { status: 'True' })
    expect(status.observedGeneration).toBe(metadata.generation)
  }
  const names = (await namespace.list(PIPELINES)).map(({ metadata }) => metadata.name).sort()
  const exporter = await namespace.get('apps/v1/deployments', 'metrics-pipeline-exporter')
  expect(exporter['metadata'].ownerReferences).toHaveLength(names.length)
  expect(watchedBy(exporter)).toEqual(names) // owners that are gone are taken out by the collector, too; this only by an operator
}

function watchedBy({ spec }: ApiObject): readonly string[] {
  const files = JSON.stringify(spec.template.spec.volumes).matchAll(/"path":"([^"/]+)\.yaml"/g)
  return [...files].map(([, name = '']) => name).sort()
}

/** Runs operators until one comes to the same objects as the calm one without a write, each of which is killed by its first. Gives how many were. */
async function untilNothingIsLeft(expected: ApiObject): Promise<number> {
  for (let killed = 0; ; killed += 1) {
    // Each has a Lease of its own, for that of one who was killed is good for some seconds more.
    const environment = { LEASE_NAME: `operator-${Date.now()}` }
    await using operator = OperatorProcess.start({ user: way, namespace: stormy.name, environment })
    let isKilled = false
    way.onWrite = () => {
      isKilled = true
      operator.kill('SIGKILL')
    }
    await eventually(async () => {
      if (isKilled) return
      expect(operator.output).toContain('operator leads')
      await arrived(stormy, expected)
      expect(await dump(stormy)).toEqual(await dump(calm.namespace))
    }, LONG)
    if (!isKilled) return killed
  }
}

/** Objects without what differs between any two: names of the namespace, uids, times. */
async function dump(namespace: TestNamespace): Promise<readonly string[]> {
  const owned = await Promise.all(RESOURCES.map(async (resource) => [resource, await namespace.list(resource, OURS)]))
  return (owned as [string, ApiObject[]][])
    .flatMap(([resource, objects]) =>
      objects.map(({ metadata, spec, data, revision }) => {
        const { name, labels, annotations, ownerReferences } = metadata
        const owners = ownerReferences.map(({ kind, name: owner }: ApiObject) => `${kind}/${owner}`)
        const { clusterIP: _, clusterIPs: __, selector, template, jobTemplate, ...rest } = spec ?? {}
        const pods = JSON.stringify(template ?? jobTemplate ?? {})
        const said = { labels, applied: Object.keys(annotations ?? {}), owners, rest, data, revision }
        return `${resource} ${name} ${JSON.stringify(said)} ${resource === 'batch/v1/jobs' ? '' : pods}`
      }),
    )
    .sort()
}

test.each(STEPS)(
  'a pipeline that is %s: operators that are killed at every write bring about the same as one that is not',
  async (...step) => {
    const [, change, expected, fewest] = step
    await change(calm.namespace)
    await eventually(() => arrived(calm.namespace, expected), LONG)
    await change(stormy)
    expect(await untilNothingIsLeft(expected)).toBeGreaterThanOrEqual(fewest)
  },
  180_000,
)
