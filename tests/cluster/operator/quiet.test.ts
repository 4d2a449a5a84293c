import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES, runPods, smallPipeline } from '../../support/cluster/pipeline-fixture.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { WayToCluster } from '../../support/kubernetes/way-to-cluster.ts'

const NAMES = Array.from({ length: 10 }, (_, index) => `orders-${index}`)
const RESYNCS = 10

let way: WayToCluster
let here: OperatedNamespace

beforeAll(async () => {
  way = await WayToCluster.to(await sharedControlPlane())
  here = await OperatedNamespace.open({
    user: { kubeconfig: way.kubeConfig },
    environment: { RESYNC_SECONDS: '1' },
  })
  for (const name of NAMES) await here.namespace.create(PIPELINES, smallPipeline(name))
  await eventually(
    async () => {
      await runPods(here.namespace)
      for (const name of NAMES) expect(await here.condition(name, 'Ready')).toMatchObject({ status: 'True' })
    },
    { withinMs: 55_000 },
  )
})

afterAll(async () => {
  await here?.[Symbol.asyncDispose]()
  await way?.[Symbol.asyncDispose]()
})

async function passesMade(count: number): Promise<void> {
  const before = await here.passes()
  await eventually(async () => expect((await here.passes()) - before).toBeGreaterThanOrEqual(count), {
    withinMs: 55_000,
  })
}

test('a hundred objects that are as they should be: ten resyncs write nothing, over few connections', async () => {
  const owned = await Promise.all(
    ['serviceaccounts', 'configmaps', 'networking.k8s.io/v1/networkpolicies', 'apps/v1/deployments']
      .concat('batch/v1/jobs', 'batch/v1/cronjobs', 'policy/v1/poddisruptionbudgets', 'apps/v1/controllerrevisions')
      .map((resource) => here.namespace.list(resource, 'metricspipelines.io/pipeline')),
  )
  expect(owned.flat().length).toBeGreaterThanOrEqual(NAMES.length * 9)

  await passesMade(NAMES.length) // what the last rollout brought about is over
  const mark = await here.cluster.audit.mark()
  await passesMade(NAMES.length * RESYNCS)
  expect(await here.writesSince(mark)).toEqual([])
  expect(way.proxy.connections).toBeLessThanOrEqual(4)
}, 120_000)

test('and then a change is seen', async () => {
  await here.namespace.patch(PIPELINES, NAMES[0]!, { spec: { workers: { replicas: 2 } } })
  await eventually(async () => {
    const { spec } = await here.namespace.get('apps/v1/deployments', `${NAMES[0]}-worker`)
    expect(spec.replicas).toBe(2)
  }) // within a second, which `make bench BENCH=operator` judges; no resync shows it, for that looks at the same caches
})
