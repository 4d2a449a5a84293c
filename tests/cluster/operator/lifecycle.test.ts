import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXPORTER } from '../../../core/operator/objects/exporter.ts'
import type { ApiObject } from '../../support/cluster/api-client.ts'
import { COLLECTED, OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES, runPods, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { eventually } from '../../support/eventually.ts'

let here: OperatedNamespace

beforeEach(async () => {
  here = await OperatedNamespace.open()
})

afterEach(() => here[Symbol.asyncDispose]())

const workerPods = () => here.namespace.list('pods', 'app.kubernetes.io/component=worker')
const uidsOf = (objects: readonly ApiObject[]) => objects.map(({ metadata }) => metadata.uid)
const workers = () => here.namespace.get('apps/v1/deployments', 'orders-worker')
const exporter = () => here.namespace.get('apps/v1/deployments', EXPORTER)

/** The pipeline files that its pods read. */
const filesOf = ({ spec }: ApiObject): readonly string[] =>
  [...JSON.stringify(spec.template.spec.volumes).matchAll(/"configMap":\{"name":"([^"]+)"/g)].map(([, name]) => name!)

/** The operator looks at all of the exporter: what is taken away comes last in a pass, and once it is back there is another pass. */
async function looksAgain(): Promise<void> {
  const passes = await here.operator.passes('exporter')
  await here.namespace.delete('networking.k8s.io/v1/networkpolicies', EXPORTER)
  await eventually(async () => {
    await here.namespace.get('networking.k8s.io/v1/networkpolicies', EXPORTER)
    expect(await here.operator.passes('exporter')).toBeGreaterThanOrEqual(passes + 2)
  })
}

test('an invalid change keeps the last valid plan running and repaired, and a mended one takes over', async () => {
  await here.settled('orders')
  const before = await here.namespace.get('apps/v1/deployments', 'orders-worker')
  await here.namespace.patch(PIPELINES, 'orders', {
    spec: { metrics: { definition: { accumulators: { departures: { where: { delay: { atMost: 5 } } } } } } },
  })
  const { message } = await here.conditionBecomes('orders', 'Ready', { status: 'False', reason: 'InvalidSpec' })
  expect(message).toContain('spec.metrics.definition.accumulators.departures.where')
  expect(message).toContain('The last valid plan stays in force')

  await here.namespace.delete('apps/v1/deployments', 'orders-worker')
  await eventually(async () => {
    const now = await here.namespace.get('apps/v1/deployments', 'orders-worker')
    expect(now['spec'].template).toEqual(before['spec'].template)
  })
  await here.namespace.patch(PIPELINES, 'orders', {
    spec: { metrics: { definition: { accumulators: { departures: { where: null } } } } },
  })
  await here.ready('orders')
})

test('the exporter watches what the workers run: another plan once its migration is done', async () => {
  await here.settled('orders')
  const [before] = filesOf(await workers())
  const event = { streams: ['orders-departures-v2'] }
  await here.namespace.patch(PIPELINES, 'orders', {
    spec: { source: { redisStreams: event }, metrics: { definition: { events: { departure: event } } } },
  })
  await here.conditionBecomes('orders', 'MigrationsApplied', { status: 'False', reason: 'Migrating' })
  await looksAgain()
  expect(filesOf(await workers())).toEqual([before])
  expect(filesOf(await exporter())).toEqual([before])
  expect((await here.namespace.get('configmaps', before!))['data']['pipeline.yaml']).toContain('["orders-departures"]')

  await here.ready('orders')
  const after = filesOf(await workers())
  expect(after).not.toEqual([before])
  await eventually(async () => expect(filesOf(await exporter())).toEqual(after))
})

test('another rate or weight of the score reaches workers that run: no migration, no rollout', async () => {
  await here.settled('orders')
  const composite = {
    name: 'busyness',
    over: 'Rows',
    inputs: { departures: { value: 'departures' } },
    weights: { each: 1 },
    score: [{ plus: 'each', times: 'departures' }],
    decimals: 0,
    sample: 'departures',
  }
  await here.namespace.patch(PIPELINES, 'orders', {
    spec: { metrics: { definition: { composite } }, composite: { minInterval: '5s' } },
  })
  const wanted = async () =>
    JSON.parse((await here.namespace.get('configmaps', 'orders-composite'))['data']['composite.json']) as unknown
  await eventually(async () => {
    await here.ready('orders')
    expect(await wanted()).toMatchObject({ settings: { minIntervalMs: 5_000 }, weights: {} })
    expect(filesOf(await workers())).toContain('orders-composite')
  })
  await here.conditionBecomes('orders', 'Ready', { status: 'True' })
  const jobs = uidsOf(await here.namespace.list('batch/v1/jobs'))
  const { template } = (await workers())['spec']

  await here.namespace.patch(PIPELINES, 'orders', { spec: { composite: { minInterval: '6s', weights: { each: 2 } } } })
  await eventually(async () =>
    expect(await wanted()).toMatchObject({ settings: { minIntervalMs: 6_000 }, weights: { each: 2 } }),
  )
  await here.namespace.patch(PIPELINES, 'orders', { spec: { composite: { weights: { eech: 3 } } } })
  await here.conditionBecomes('orders', 'Ready', {
    status: 'False',
    reason: 'InvalidSpec',
    message: expect.stringContaining('spec.composite.weights.eech: "eech" is no weight of busyness'),
  })
  expect(await wanted()).toMatchObject({ weights: { each: 2 } })
  expect((await workers())['spec'].template).toEqual(template)
  expect(uidsOf(await here.namespace.list('batch/v1/jobs'))).toEqual(jobs)
})

test('a pipeline that was never valid says what is wrong and starts nothing', async () => {
  const pipeline = smallPipeline('orders')
  pipeline['spec'].metrics.definition.accumulators.departures.where = { delay: { atMost: 5 } }
  await here.namespace.create(PIPELINES, pipeline)
  await here.conditionBecomes('orders', 'Ready', {
    status: 'False',
    reason: 'InvalidSpec',
    message: expect.stringContaining('spec.metrics.definition.accumulators.departures.where'),
  })
  expect(await here.namespace.list('batch/v1/jobs')).toEqual([])
})

test('a newer operator restarts no worker until it is asked to', async () => {
  await here.settled('orders')
  const before = uidsOf(await workerPods())
  await here.restart({ image: 'example/metrics-pipeline:2' })
  await here.conditionBecomes('orders', 'UpgradeAvailable', { status: 'True', reason: 'NewerOperator' })
  expect(uidsOf(await workerPods())).toEqual(before)
  await here.namespace.patch(PIPELINES, 'orders', { spec: { upgrade: 'Automatic' } })
  await eventually(async () => {
    await here.ready('orders')
    const images = (await workerPods()).map(({ spec }) => spec.containers[0].image)
    expect(images).toEqual(['example/metrics-pipeline:2'])
  })
  await here.conditionBecomes('orders', 'UpgradeAvailable', { status: 'False', reason: 'UpToDate' })
})

test('what somebody else owns is left alone and named', async () => {
  const foreign = { metadata: { name: 'orders-worker' }, data: {} }
  await here.namespace.create('serviceaccounts', { ...foreign, data: undefined })
  await here.namespace.create(PIPELINES, smallPipeline('orders'))
  await here.conditionBecomes('orders', 'Ready', {
    status: 'False',
    reason: 'NameTaken',
    message: expect.stringContaining('ServiceAccount/orders-worker'),
  })
  expect((await here.namespace.get('serviceaccounts', 'orders-worker'))['metadata']).not.toHaveProperty('labels')
  await here.namespace.delete('serviceaccounts', 'orders-worker')
  await here.ready('orders')
})

test('objects of every kind that somebody else owns stay as they are', async () => {
  const selector = { matchLabels: { app: 'theirs' } }
  const pods = { metadata: { labels: { app: 'theirs' } }, spec: { containers: [{ name: 'idle', image: 'idle' }] } }
  const run = { spec: { template: { ...pods, spec: { ...pods.spec, restartPolicy: 'Never' } } } }
  const foreign: readonly (readonly [string, string, ApiObject])[] = [
    ['serviceaccounts', 'orders-worker', {}],
    ['networking.k8s.io/v1/networkpolicies', 'orders-worker', { spec: { podSelector: {} } }],
    ['apps/v1/deployments', 'orders-worker', { spec: { replicas: 0, selector, template: pods } }],
    ['batch/v1/cronjobs', 'orders-aggregation', { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: run } }],
    ['policy/v1/poddisruptionbudgets', 'orders-worker', { spec: { selector } }],
    ['services', 'metrics-pipeline-exporter', { spec: { ports: [{ port: 80 }] } }],
  ]
  for (const [resource, name, object] of foreign)
    await here.namespace.create(resource, { metadata: { name }, ...object })
  await here.namespace.create(PIPELINES, smallPipeline('orders'))
  await eventually(async () => {
    await runPods(here.namespace) // the migration's: what comes after it is tried as well
    const { reason, message } = await here.condition('orders', 'Ready')
    expect(reason).toBe('NameTaken')
    for (const kind of ['ServiceAccount', 'NetworkPolicy', 'Deployment', 'PodDisruptionBudget'])
      expect(message).toContain(`${kind}/orders-worker`)
    expect(message).toContain('CronJob/orders-aggregation')
    await here.namespace.get('apps/v1/deployments', 'metrics-pipeline-exporter')
  })
  for (const [resource, name] of foreign) {
    const { metadata } = await here.namespace.get(resource, name)
    expect(JSON.stringify(metadata), `${resource} ${name}`).not.toContain('metrics-pipeline-operator')
  }
})

test('a suspended pipeline ends its workers and schedules, and comes back', async () => {
  await here.settled('orders')
  await here.namespace.patch(PIPELINES, 'orders', { spec: { suspend: true } })
  await here.conditionBecomes('orders', 'Ready', { status: 'False', reason: 'Suspended' })
  await eventually(async () => {
    expect((await here.namespace.get('apps/v1/deployments', 'orders-worker'))['spec'].replicas).toBe(0)
    expect((await here.namespace.get('batch/v1/cronjobs', 'orders-aggregation'))['spec'].suspend).toBe(true)
  })
  await here.namespace.patch(PIPELINES, 'orders', { spec: { suspend: false } })
  await here.ready('orders')
})

test('deletion takes along everything that is owned, and a pipeline of the same name starts afresh', {
  timeout: 120_000,
}, async () => {
  await here.settled('orders')
  const [before] = await here.namespace.list('apps/v1/deployments', 'app.kubernetes.io/instance=orders')
  await here.namespace.delete(PIPELINES, 'orders')
  await here.settled('orders')
  expect((await workers())['metadata'].uid).not.toBe(before?.['metadata'].uid)
  await here.namespace.delete(PIPELINES, 'orders')
  const resources = ['apps/v1/deployments', 'batch/v1/jobs', 'batch/v1/cronjobs', 'services', 'pods']
  await eventually(async () => {
    for (const resource of [...resources, 'apps/v1/controllerrevisions'])
      expect(await here.namespace.list(resource, 'app.kubernetes.io/managed-by=metrics-pipeline-operator')).toEqual([])
  }, COLLECTED)
})
