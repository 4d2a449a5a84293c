import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlePrograms } from '../../../tools/build/bundle.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import type { AuditedRequest } from '../../support/cluster/audit-log.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { OperatorProcess } from '../../support/cluster/operator-process.ts'
import { operatorWrites } from '../../support/cluster/operator-writes.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { installCrd, PIPELINES, runPods, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { FatalWayToCluster } from '../../support/kubernetes/fatal-way-to-cluster.ts'
import { throwAwayFolder } from '../../support/throw-away-folder.ts'

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

/** What becomes of two pipelines, step by step, and by what one sees that the operator has got there. */
const STEPS: readonly (readonly [string, (namespace: TestNamespace) => Promise<unknown>, ApiObject])[] = [
  [
    'created',
    async (namespace) => {
      for (const name of ['orders', 'returns']) await namespace.create(PIPELINES, smallPipeline(name))
    },
    { status: 'True' },
  ],
  [
    'changed',
    (namespace) => namespace.patch(PIPELINES, 'orders', { spec: { metrics: { windows: ['14d'] } } }),
    { status: 'True' },
  ],
  [
    'suspended',
    (namespace) => namespace.patch(PIPELINES, 'orders', { spec: { suspend: true } }),
    { status: 'False', reason: 'Suspended' },
  ],
  ['left alone by its neighbour', (namespace) => namespace.delete(PIPELINES, 'returns'), { reason: 'Suspended' }],
]

let cluster: OwnCluster
let calm: OperatedNamespace
let stormy: TestNamespace
let way: FatalWayToCluster
let folder: string
let program: readonly string[]

beforeAll(async () => {
  cluster = await sharedControlPlane()
  await installCrd(cluster)
  way = await FatalWayToCluster.to(cluster)
  calm = await OperatedNamespace.open()
  stormy = await TestNamespace.create(cluster)
  folder = await throwAwayFolder()
  await bundlePrograms(folder, { operator: 'operator/main.ts' }) // dozens are started: each in a fifth of the time
  program = [join(folder, 'operator.mjs')]
})

afterAll(async () => {
  await calm?.[Symbol.asyncDispose]()
  await stormy?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
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

/** Runs operators, each of which is killed by its first write, until one has looked at everything and finds nothing to write. Gives how many were. */
async function untilNothingIsLeft(expected: ApiObject): Promise<number> {
  for (let killed = 0; ; killed += 1) {
    let isKilled = false
    {
      await using operator = startToDie(() => (isKilled = true))
      await eventually(async () => {
        if (isKilled) return
        expect(operator.output).toContain('operator leads')
        await arrived(stormy, expected)
        expect(await dump(stormy)).toEqual(await dump(calm.namespace))
        expect(await operator.passes('pipeline')).toBeGreaterThanOrEqual((await stormy.list(PIPELINES)).length)
        expect(await operator.passes('exporter')).toBeGreaterThan(0)
      }, LONG)
    }
    if (!isKilled) return killed
  }
}

function startToDie(onKill: () => void): OperatorProcess {
  // Each has a Lease of its own, for that of one who was killed is good for some seconds more.
  const environment = { LEASE_NAME: `operator-${Date.now()}` }
  way.letOnePass(() => {
    operator.kill('SIGKILL')
    onKill()
  })
  const operator = OperatorProcess.start({ user: way, namespace: stormy.name, program, environment })
  return operator
}

/** Each of them once, however often it was made: how many versions of a status are written depends on what is seen when. */
function different(writes: readonly AuditedRequest[]): readonly string[] {
  return [
    ...new Set(writes.map(({ verb, resource, subresource, name }) => `${verb} ${resource}/${subresource} ${name}`)),
  ]
}

/** While the exporter is replaced, nobody tells of the neighbour either: whether that lasts until its status says so is the machine's doing. */
function isOfSilence({ resource, name }: AuditedRequest): boolean {
  return resource === 'metricspipelines' && name === 'returns'
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
  async (_name, change, expected) => {
    const mark = await cluster.audit.mark()
    await change(calm.namespace)
    await eventually(() => arrived(calm.namespace, expected), LONG)
    await change(stormy)
    const killed = await untilNothingIsLeft(expected)
    const writes = await operatorWrites(cluster, stormy.name, mark)
    expect(writes).toHaveLength(killed) // no operator came to a second one, whatever passes it had begun
    const inCalm = (await calm.writesSince(mark)).filter((write) => !isOfSilence(write))
    expect(different(writes)).toEqual(expect.arrayContaining([...different(inCalm)]))
  },
  600_000,
)
