import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import type { Image } from '../../support/cluster/images.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { OPERAND_IMAGE } from '../../support/cluster/operator-process.ts'
import { PIPELINES, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { PlayedNode } from '../../support/cluster/played-node.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { eventually } from '../../support/eventually.ts'

const SERVE = "require('node:http').createServer((_, r) => r.end()).listen(8080, process.env.HTTP_HOST)"
const UNTIL_TOLD = ['sh', '-c', 'while :; do sleep 0.05; done']

/** Nothing of it reaches a server: these tests are about what becomes of its processes. */
const GOOD: Image['programs'] = {
  mp: ['true'],
  worker: ['node', '-e', SERVE],
  aggregator: ['true'],
  exporter: UNTIL_TOLD,
}
const failing = (words: string, code: number) => ['sh', '-c', `echo "${words}" >&2; exit ${code}`]

let node: PlayedNode
let here: OperatedNamespace

beforeAll(async () => {
  node = await PlayedNode.join(await sharedControlPlane(), {
    images: {
      [OPERAND_IMAGE]: { programs: GOOD },
      'crashing:1': { programs: { ...GOOD, worker: failing('the schema orders has no tables', 3) } },
      'unmigrated:1': { programs: { ...GOOD, mp: failing('permission denied for schema orders', 1) } },
      'miscounting:1': { programs: { ...GOOD, aggregator: failing('DATABASE_URL_FILE: no such file', 2) } },
    },
  })
  here = await OperatedNamespace.open()
})

afterAll(async () => {
  await here?.[Symbol.asyncDispose]()
  await node?.[Symbol.asyncDispose]()
})

const workersOf = (name: string) =>
  here.namespace.list('pods', `app.kubernetes.io/component=worker,metricspipelines.io/pipeline=${name}`)

async function running(name: string, change: ApiObject = {}): Promise<void> {
  await here.namespace.create(PIPELINES, smallPipeline(name, change))
  await here.conditionBecomes(name, 'Ready', { status: 'True' })
}

test('an image that nobody has: the migration waits, and the plan before serves on', async () => {
  await running('pulled')
  await here.namespace.patch(PIPELINES, 'pulled', { spec: { image: 'nowhere/nothing:1' } })
  const words = expect.stringMatching(/^pod pulled-migrate-\S+: (ErrImagePull|ImagePullBackOff): .*nowhere\/nothing:1/)
  await here.conditionBecomes('pulled', 'MigrationsApplied', { status: 'False', reason: 'Migrating', message: words })
  await here.conditionBecomes('pulled', 'Ready', { status: 'False', reason: 'Migrating', message: words })
  await here.conditionBecomes('pulled', 'WorkersAvailable', { status: 'True' })
  node.addImage('nowhere/nothing:1', { programs: GOOD })
  await here.conditionBecomes('pulled', 'Ready', { status: 'True' })
})

test('a worker that crashes: its last line, from the first start on', async () => {
  await here.namespace.create(PIPELINES, smallPipeline('crashing', { image: 'crashing:1' }))
  const said = {
    status: 'False',
    reason: 'CrashLoopBackOff',
    message: expect.stringMatching(
      /^0 of 1 workers serve; pod crashing-worker-\S+: CrashLoopBackOff: exit code 3: the schema orders has no tables$/,
    ),
  }
  await here.conditionBecomes('crashing', 'WorkersAvailable', said)
  await here.conditionBecomes('crashing', 'Ready', said)
})

test('a new worker that crashes: the earlier one serves on, and Ready has the last line of the new', async () => {
  await running('rolled')
  const [before] = await workersOf('rolled')
  await here.namespace.patch(PIPELINES, 'rolled', { spec: { image: 'crashing:1' } })
  await here.conditionBecomes('rolled', 'Ready', {
    status: 'False',
    reason: 'RolloutStuck',
    message: expect.stringContaining('exit code 3: the schema orders has no tables'),
  })
  await here.conditionBecomes('rolled', 'WorkersAvailable', { status: 'True' })
  expect((await workersOf('rolled')).map(({ metadata }) => metadata.uid)).toContain(before!['metadata'].uid)
})

test('no node that fits', async () => {
  const elsewhere = { workers: { nodeSelector: { disk: 'none-has-this' } } }
  await here.namespace.create(PIPELINES, smallPipeline('homeless', elsewhere))
  await here.conditionBecomes('homeless', 'Ready', {
    status: 'False',
    reason: 'Migrating',
    message: expect.stringMatching(/pod homeless-migrate-\S+: Unschedulable: .*node/),
  })
})

test('pods that the cluster refuses: the quota is named, for no pod can', async () => {
  await running('refused')
  await here.namespace.create('resourcequotas', { metadata: { name: 'no-more' }, spec: { hard: { pods: '1' } } })
  await eventually(async () =>
    expect((await here.namespace.get('resourcequotas', 'no-more'))['status']?.hard).toEqual({ pods: '1' }),
  )
  await here.namespace.patch(PIPELINES, 'refused', { spec: { workers: { replicas: 2 } } })
  await here.conditionBecomes('refused', 'WorkersAvailable', {
    status: 'False',
    reason: 'FailedCreate',
    message: expect.stringContaining('exceeded quota: no-more'),
  })
  await here.namespace.delete('resourcequotas', 'no-more')
  await here.namespace.patch(PIPELINES, 'refused', { spec: { workers: { replicas: 1 } } })
  await here.conditionBecomes('refused', 'Ready', { status: 'True' })
})

test('a migration that fails: its last line, and another try after half a minute without help', async () => {
  await here.namespace.create(PIPELINES, smallPipeline('unmigrated', { image: 'unmigrated:1' }))
  const words = expect.stringMatching(/exit code 1: permission denied for schema orders/)
  await here.conditionBecomes('unmigrated', 'Ready', { status: 'False', reason: 'Migrating', message: words })
  const [job] = await here.namespace.list('batch/v1/jobs', 'metricspipelines.io/pipeline=unmigrated')
  await here.namespace.patch('batch/v1/jobs', job!['metadata'].name, { spec: { backoffLimit: 0 } }) // sooner than in minutes
  const failed = { status: 'False', reason: 'MigrationFailed', message: words }
  await here.conditionBecomes('unmigrated', 'MigrationsApplied', failed)
  await here.conditionBecomes('unmigrated', 'Ready', failed)
  node.addImage('unmigrated:1', { programs: GOOD })
  await halfAMinuteAgo(job!['metadata'].name)
  await here.conditionBecomes('unmigrated', 'Ready', { status: 'True' })
})

/** The Job failed then, as far as its status says. */
async function halfAMinuteAgo(job: string): Promise<void> {
  const { status } = await here.namespace.get('batch/v1/jobs', job)
  const lastTransitionTime = `${new Date(Date.now() - 31_000).toISOString().slice(0, 19)}Z`
  const conditions = status.conditions.map((each: ApiObject) => ({ ...each, lastTransitionTime }))
  await here.cluster.api.patch(`${here.namespace.path('batch/v1/jobs', job)}/status`, { status: { conditions } })
}

test('a run of the aggregation that fails', async () => {
  await running('miscounting', { image: 'miscounting:1' })
  const args = ['create', 'job', 'by-hand', '--from=cronjob/miscounting-aggregation']
  expect((await kubectl(here.cluster, ['--namespace', here.namespace.name, ...args])).code).toBe(0)
  await here.conditionBecomes('miscounting', 'AggregationHealthy', {
    status: 'False',
    reason: 'JobFailed',
    message: expect.stringMatching(/pod by-hand-0-\S+: Error: exit code 2: DATABASE_URL_FILE: no such file/),
  })
  await here.conditionBecomes('miscounting', 'Ready', { status: 'True' })
})
