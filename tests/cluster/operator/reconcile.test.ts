import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { eventually } from '../../support/eventually.ts'

let here: OperatedNamespace

beforeAll(async () => {
  here = await OperatedNamespace.open()
})

afterAll(() => here[Symbol.asyncDispose]())

async function namesOf(resource: string): Promise<readonly string[]> {
  const objects = await here.namespace.list(resource, 'app.kubernetes.io/instance=orders')
  return objects.map(({ metadata }) => metadata.name)
}

test('a pipeline becomes a migration, then a fleet and its schedules, and says when it is ready', async () => {
  await here.namespace.create(PIPELINES, smallPipeline('orders'))
  await here.conditionBecomes('orders', 'Ready', { status: 'False', reason: 'Migrating' })
  expect(await namesOf('apps/v1/deployments')).toEqual([])
  await here.ready('orders')
  expect(await namesOf('apps/v1/deployments')).toEqual(['orders-worker'])
  expect(await namesOf('batch/v1/cronjobs')).toEqual(['orders-aggregation', 'orders-day-roll'])
  const args = ['-n', here.namespace.name, 'wait', '--for=condition=Ready', 'mp/orders', '--timeout=10s']
  expect((await kubectl(here.cluster, args)).code).toBe(0)
})

test('nothing is written while all is as it should be, however often it looks', async () => {
  await here.ready('orders')
  const mark = await here.cluster.audit.mark()
  for (const round of [1, 2, 3]) {
    const before = await here.passes()
    await here.namespace.patch(PIPELINES, 'orders', { metadata: { annotations: { round: String(round) } } })
    await eventually(async () => expect(await here.passes()).toBeGreaterThan(before))
  }
  expect(await here.writesSince(mark)).toEqual([])
})

test('a new operator finds everything as it should be and writes nothing', async () => {
  await here.ready('orders')
  const mark = await here.cluster.audit.mark()
  await here.restart()
  await eventually(async () => expect(await here.passes()).toBeGreaterThan(0))
  expect(await here.writesSince(mark)).toEqual([])
})

test('scaling the pipeline scales its workers and restarts none', async () => {
  const [pod] = await here.namespace.list('pods', 'app.kubernetes.io/component=worker')
  await kubectl(here.cluster, ['-n', here.namespace.name, 'scale', 'mp/orders', '--replicas=3'])
  await here.ready('orders')
  await eventually(async () => {
    await here.ready('orders')
    const { status } = await here.namespace.get(PIPELINES, 'orders')
    expect(status).toMatchObject({ workers: '3/3', replicas: 3 })
  })
  const uids = (await here.namespace.list('pods', 'app.kubernetes.io/component=worker')).map(
    ({ metadata }) => metadata.uid,
  )
  expect(uids).toHaveLength(3)
  expect(uids).toContain(pod?.['metadata'].uid)
})
