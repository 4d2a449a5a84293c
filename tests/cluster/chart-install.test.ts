import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProbeServer } from '../../adapters/http/probe-server.ts'
import { LOOPBACK } from '../../adapters/process/servers/free-port.ts'
import { CHART, type ChartValues, renderChart } from '../support/cluster/chart.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { may } from '../support/cluster/may.ts'
import { CRD_PATH, Release } from '../support/cluster/release.ts'
import { kubectl } from '../support/cluster/run-tool.ts'
import { TestNamespace } from '../support/cluster/test-namespace.ts'
import { eventually } from '../support/eventually.ts'
import { type Ended, RunningProcess } from '../support/running-process.ts'

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }
const OPERATOR_PODS = 'app.kubernetes.io/component=operator'
const EXAMPLE = 'examples/airport-departures.yaml'
const PIPELINE = 'metricspipelines.io/v1alpha1/metricspipelines'
const OF_RELEASE = encodeURIComponent('app.kubernetes.io/instance=operator')

/** For the chart alone: it defines what a cluster has once. */
let plane: ControlPlane
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-chart-'))
  plane = await ControlPlane.start()
})
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function applyExample(namespace: TestNamespace): Promise<void> {
  await eventually(async () => {
    const { code, err } = await kubectl(plane, ['apply', '--namespace', namespace.name, '-f', EXAMPLE])
    expect({ code, err }).toEqual({ code: 0, err: '' }) // once the definition is served
  })
}

const uidOf = async (namespace: TestNamespace) => (await namespace.get(PIPELINE, 'airport-departures'))['metadata'].uid

/** The chart as an older version of it would be, whose definition lacks something. */
async function olderChart(): Promise<string> {
  const chart = join(folder, 'older')
  await cp(CHART, chart, { recursive: true })
  const file = join(chart, 'files/metricspipelines.yaml')
  const text = await readFile(file, 'utf8')
  const older = text.replace(/ +shortNames:\n +- mp\n/, '')
  expect(older).not.toBe(text)
  await writeFile(file, older)
  return chart
}

describe('installed into a namespace with restricted pod security', () => {
  test('the operator gets its pod, and MetricsPipelines are served', async () => {
    await using namespace = await TestNamespace.create(plane, RESTRICTED)
    await using _release = await Release.install(plane, namespace.name)
    await eventually(async () => expect(await namespace.list('pods', OPERATOR_PODS)).toHaveLength(1))
    await applyExample(namespace)
    expect((await kubectl(plane, ['get', 'mp', '--namespace', namespace.name])).out).toContain('airport-departures')
  })

  test('the pod of helm test would be let in', async () => {
    await using namespace = await TestNamespace.create(plane, RESTRICTED)
    const pod = (await renderChart()).find(({ kind }) => kind === 'Pod')
    const there = { ...pod, metadata: { ...pod?.['metadata'], namespace: namespace.name } }
    await plane.api.create(`${namespace.path('pods')}?dryRun=All`, there)
  })

  test('two replicas have a budget, which a rollback takes back with all else', async () => {
    await using namespace = await TestNamespace.create(plane, RESTRICTED)
    await using release = await Release.install(plane, namespace.name)
    await release.upgrade({ replicas: 2, logLevel: 'debug' })
    expect((await namespace.get('apps/v1/deployments', release.fullname))['spec'].replicas).toBe(2)
    expect(await namespace.list('policy/v1/poddisruptionbudgets')).toHaveLength(1)
    await release.rollback(1)
    expect(await namespace.list('policy/v1/poddisruptionbudgets')).toEqual([])
    const { spec } = await namespace.get('apps/v1/deployments', release.fullname)
    expect(spec.replicas).toBe(1)
    expect(spec.template.spec.containers[0].env).toContainEqual({ name: 'LOG_LEVEL', value: 'info' })
  })
})

describe('the definition of MetricsPipeline', () => {
  test('is upgraded and rolled back with the chart, and its objects stay', async () => {
    await using namespace = await TestNamespace.create(plane)
    await using release = await Release.install(plane, namespace.name, {}, await olderChart())
    await applyExample(namespace)
    const before = await uidOf(namespace)
    expect((await plane.api.get(CRD_PATH))['spec'].names.shortNames).toBeUndefined()
    await release.upgrade()
    expect((await plane.api.get(CRD_PATH))['spec'].names.shortNames).toEqual(['mp'])
    await release.rollback(1)
    expect((await plane.api.get(CRD_PATH))['spec'].names.shortNames).toBeUndefined()
    expect(await uidOf(namespace)).toBe(before)
  })

  test('stays with its objects when the release lets go of it or goes, and the next one adopts it', async () => {
    await using namespace = await TestNamespace.create(plane)
    await using release = await Release.install(plane, namespace.name)
    await applyExample(namespace)
    const before = await uidOf(namespace)
    await release.upgrade({ crds: { enabled: false } })
    expect(await uidOf(namespace)).toBe(before)
    await release.uninstall()
    expect(await uidOf(namespace)).toBe(before)
    expect(await namespace.list('apps/v1/deployments')).toEqual([])
    expect(await plane.api.list(`/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=${OF_RELEASE}`)).toEqual(
      [],
    )
    await using _next = await Release.install(plane, namespace.name)
    expect(await uidOf(namespace)).toBe(before)
  })

  test('goes with its objects where that was asked for', async () => {
    await using namespace = await TestNamespace.create(plane)
    await using release = await Release.install(plane, namespace.name, { crds: { keep: false } })
    await applyExample(namespace)
    await release.uninstall()
    await eventually(async () => expect(await plane.api.find(CRD_PATH)).toBeUndefined())
  })
})

describe('the operator of the whole cluster', () => {
  let home: TestNamespace
  let shop: TestNamespace
  let release: Release
  let operator: string

  beforeAll(async () => {
    home = await TestNamespace.create(plane)
    shop = await TestNamespace.create(plane)
    release = await Release.install(plane, home.name)
    operator = `system:serviceaccount:${home.name}:${release.fullname}`
  })
  afterAll(async () => {
    await release?.[Symbol.asyncDispose]()
    await shop?.[Symbol.asyncDispose]()
    await home?.[Symbol.asyncDispose]()
  })

  test.each([
    'watch metricspipelines.metricspipelines.io',
    'patch metricspipelines.metricspipelines.io/status',
    'update metricspipelines.metricspipelines.io/finalizers',
    'create deployments.apps',
    'patch cronjobs.batch',
    'delete jobs.batch',
    'list pods',
    'create events.events.k8s.io',
  ])('may %s anywhere', async (request) => {
    expect(await may(plane, operator, request, { namespace: shop.name })).toBe(true)
  })

  test.each([
    'get secrets',
    'list secrets',
    'patch metricspipelines.metricspipelines.io',
    'delete metricspipelines.metricspipelines.io',
    'create pods',
    'delete pods',
    'get pods/log',
    'create pods/exec',
    'create serviceaccounts/token',
    'create roles.rbac.authorization.k8s.io',
    'update deployments.apps',
    'create leases.coordination.k8s.io',
  ])('may not %s', async (request) => {
    expect(await may(plane, operator, request, { namespace: shop.name })).toBe(false)
  })

  test('may write its own Lease beside it, and no other', async () => {
    const update = async (name: string) =>
      await may(plane, operator, 'update leases.coordination.k8s.io', { namespace: home.name, name })
    expect(await may(plane, operator, 'create leases.coordination.k8s.io', { namespace: home.name })).toBe(true)
    expect(await update(release.fullname)).toBe(true)
    expect(await update('other')).toBe(false)
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['view', ['get', 'list', 'watch'], ['create', 'patch', 'delete']],
    ['edit', ['get', 'list', 'create', 'patch', 'delete'], []],
    ['admin', ['get', 'list', 'create', 'patch', 'delete'], []],
  ])('whoever may %s a namespace may do so with its pipelines', async (role, allowed, refused) => {
    await shop.create('rbac.authorization.k8s.io/v1/rolebindings', {
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `somebody-who-may-${role}` }],
    })
    const asked = async (verb: string) =>
      await may(plane, `somebody-who-may-${role}`, `${verb} metricspipelines.metricspipelines.io`, {
        namespace: shop.name,
      })
    // Roles are put together by a controller.
    await eventually(async () => expect(await asked('get')).toBe(true))
    await eventually(async () => expect(await Promise.all(allowed.map(asked))).not.toContain(false))
    expect(await Promise.all(refused.map(asked))).not.toContain(true)
  })
})

test('with namespaces to watch there is no ClusterRole, and no right elsewhere', async () => {
  await using home = await TestNamespace.create(plane)
  await using shop = await TestNamespace.create(plane)
  await using other = await TestNamespace.create(plane)
  await using release = await Release.install(plane, home.name, { watch: { namespaces: [shop.name] } })
  const operator = `system:serviceaccount:${home.name}:${release.fullname}`
  for (const kind of ['clusterroles', 'clusterrolebindings'])
    expect(await plane.api.list(`/apis/rbac.authorization.k8s.io/v1/${kind}?labelSelector=${OF_RELEASE}`)).toEqual([])
  const request = 'watch metricspipelines.metricspipelines.io'
  expect(await may(plane, operator, request, { namespace: shop.name })).toBe(true)
  expect(await may(plane, operator, request, { namespace: other.name })).toBe(false)
  expect(await may(plane, operator, request)).toBe(false)
})

describe('the program of helm test', () => {
  /** As in the pod, but for where things are. */
  async function runTest(operatorUrl: string, edit = (program: string) => program): Promise<Ended> {
    await using namespace = await TestNamespace.create(plane)
    const user = await namespace.createUser('default-account', {})
    const [token, ca] = [join(folder, 'token'), join(folder, 'ca.crt')]
    await writeFile(token, user.access.token ?? '')
    await writeFile(ca, user.access.ca)
    const container = (await renderChart()).find(({ kind }) => kind === 'Pod')?.['spec'].containers[0]
    const [, ...options] = container.command
    const env = { OPERATOR_URL: operatorUrl, API_URL: plane.handle.server, TOKEN_FILE: token, NODE_EXTRA_CA_CERTS: ca }
    return await new RunningProcess(spawn(process.execPath, [...options, edit(container.args[0])], { env })).ended
  }

  const impatient = (program: string) => program.replace('60_000', '0')

  async function withOperator<T>(readiness: () => string | null, use: (url: string) => Promise<T>): Promise<T> {
    const metrics = async () => ({ contentType: 'text/plain', body: '' })
    const server = new ProbeServer({ port: 0, host: LOOPBACK, readiness, metrics })
    try {
      return await use(`http://${LOOPBACK}:${await server.listen()}`)
    } finally {
      await server.close()
    }
  }

  test('is content with an operator that is ready and a definition that is served', async () => {
    await using namespace = await TestNamespace.create(plane)
    await using _release = await Release.install(plane, namespace.name)
    const ended = await withOperator(
      () => null,
      (url) => runTest(url),
    )
    expect(ended).toMatchObject({ code: 0, err: '' })
    expect(ended.out).toBe('yes: the operator is ready\nyes: the API server serves metricspipelines\n')
  })

  test('says that the operator is not ready, and why', async () => {
    const ended = await withOperator(
      () => 'its caches are not full',
      (url) => runTest(url, impatient),
    )
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toMatch(/^no: the operator is ready: .*\/readyz answers 503: its caches are not full\n$/)
  })

  test('says that the definition is missing', async () => {
    const ended = await withOperator(
      () => null,
      (url) => runTest(url, impatient),
    )
    expect(ended).toMatchObject({ code: 1, out: 'yes: the operator is ready\n' })
    expect(ended.err).toMatch(/^no: the API server serves metricspipelines: .* answers 404/)
  })
})

test.each<[string, ChartValues]>([
  ['as it comes', {}],
  ['for two and with everything', { replicas: 2, watch: { namespaces: ['default'] }, podLabels: { team: 'data' } }],
])('the API server knows every field of the chart, %s', async (_name, values) => {
  await using namespace = await TestNamespace.create(plane)
  const objects = (await renderChart(values)).filter(({ kind }) => kind !== 'Pod')
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }).replaceAll(
    '"operators"',
    `"${namespace.name}"`,
  )
  const args = ['apply', '--dry-run=server', '--validate=strict', '-f', '-']
  expect(await kubectl(plane, args, { input })).toMatchObject({ code: 0, err: '' })
})
