import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiObject } from '../support/cluster/api-client.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { projectImage } from '../support/cluster/images.ts'
import { PIPELINES, smallPipeline } from '../support/cluster/pipeline-fixture.ts'
import { PlayedNode, PROJECT_IMAGE } from '../support/cluster/played-node.ts'
import { Release } from '../support/cluster/release.ts'
import { kubectl } from '../support/cluster/run-tool.ts'
import { TestNamespace } from '../support/cluster/test-namespace.ts'
import { eventually } from '../support/eventually.ts'

const NEXT_IMAGE = 'metrics-pipeline-operator:next'
const OPERATOR_PODS = 'app.kubernetes.io/component=operator'
const VALUES = { image: { tag: 'test' } }
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }
const TEST_MS = 120_000

/** For this file alone: a cluster has one definition of MetricsPipeline. */
let plane: ControlPlane
let node: PlayedNode

beforeAll(async () => {
  plane = await ControlPlane.start()
  node = await PlayedNode.join(plane, { images: { [PROJECT_IMAGE]: projectImage(), [NEXT_IMAGE]: projectImage() } })
})
afterAll(async () => {
  await node?.[Symbol.asyncDispose]()
  await plane?.[Symbol.asyncDispose]()
})

/** As `kubectl rollout status`: all of the newest are ready, and no others are left. */
async function rolledOut(namespace: string, deployment: string): Promise<void> {
  const args = ['--namespace', namespace, 'rollout', 'status', `deployment/${deployment}`, '--timeout=60s']
  expect(await kubectl(plane, args)).toMatchObject({ code: 0, err: '' })
}

async function operators(namespace: TestNamespace): Promise<readonly ApiObject[]> {
  const pods = await namespace.list('pods', OPERATOR_PODS)
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

async function isLeading({ status }: ApiObject): Promise<boolean> {
  const text = await (await fetch(`http://${status.podIP}:8080/metrics`)).text()
  return /^mp_operator_leader 1$/m.test(text)
}

/** The only one that leads, which the Lease names as well. */
async function leaderOf(namespace: TestNamespace, release: Release): Promise<string> {
  return await eventually(async () => {
    const pods = await operators(namespace)
    const leads = await Promise.all(pods.map(isLeading))
    const [leader, ...others] = pods.filter((_, index) => leads[index])
    expect(others).toEqual([])
    const { spec } = await namespace.get('coordination.k8s.io/v1/leases', release.fullname)
    expect(leader).toBeDefined()
    expect(spec.holderIdentity).toContain(leader?.['metadata'].name)
    return leader?.['metadata'].name
  })
}

test(
  'of two operators one leads, and after an upgrade one of the new ones',
  async () => {
    await using namespace = await TestNamespace.create(plane, RESTRICTED)
    await using release = await Release.install(plane, namespace.name, { ...VALUES, replicas: 2 })
    await rolledOut(namespace.name, release.fullname)
    const former = (await operators(namespace)).map(({ metadata }) => metadata.name)
    expect(former).toHaveLength(2)
    expect(former).toContain(await leaderOf(namespace, release))
    await release.upgrade({ image: { tag: 'next' }, replicas: 2 })
    await rolledOut(namespace.name, release.fullname)
    await eventually(async () => expect(await operators(namespace)).toHaveLength(2))
    expect(former).not.toContain(await leaderOf(namespace, release))
  },
  TEST_MS,
)

test(
  'with a Role in one namespace only it looks after the pipelines there, whose images are pulled as its own is',
  async () => {
    await using home = await TestNamespace.create(plane, RESTRICTED)
    await using shop = await TestNamespace.create(plane)
    await using other = await TestNamespace.create(plane)
    await using release = await Release.install(plane, home.name, {
      ...VALUES,
      watch: { namespaces: [shop.name] },
      imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
    })
    await rolledOut(home.name, release.fullname)
    for (const namespace of [other, shop]) await namespace.create(PIPELINES, smallPipeline('small'))
    await eventually(async () => expect((await shop.get(PIPELINES, 'small'))['status']?.conditions).not.toBeUndefined())
    for (const account of ['small-worker', 'metrics-pipeline-exporter']) {
      await eventually(async () => {
        const { imagePullSecrets } = await shop.get('serviceaccounts', account)
        expect(imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'mirror' }])
      })
    }
    expect((await other.get(PIPELINES, 'small'))['status']).toBeUndefined()
    expect(await other.list('serviceaccounts', 'app.kubernetes.io/managed-by=metrics-pipeline-operator')).toEqual([])
  },
  TEST_MS,
)

test(
  'from one manifest it becomes ready as well',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-manifest-'))
    const manifest = join(folder, 'install.yaml')
    const options = ['--out', manifest, '--namespace', 'metrics', '--image', PROJECT_IMAGE]
    await promisify(execFile)(process.execPath, ['tools/render-install.ts', ...options])
    try {
      expect(await kubectl(plane, ['apply', '-f', manifest])).toMatchObject({ code: 0, err: '' })
      await rolledOut('metrics', 'metrics-pipeline-operator')
    } finally {
      await kubectl(plane, ['delete', '-f', manifest, '--timeout=60s'])
      await rm(folder, { recursive: true })
    }
  },
  TEST_MS,
)
