import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isWrite } from '../support/cluster/audit-log.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import type { OwnCluster } from '../support/cluster/own-cluster.ts'
import { helm, kubectl } from '../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../support/cluster/test-namespace.ts'
import { eventually } from '../support/eventually.ts'
import { descendantsOf, stillRunning } from '../support/process-list.ts'
import { RunningProcess } from '../support/running-process.ts'

let plane: OwnCluster
let shop: TestNamespace

beforeAll(async () => {
  plane = await sharedControlPlane()
  shop = await TestNamespace.create(plane)
})
afterAll(async () => await shop?.[Symbol.asyncDispose]())

test('kubectl sees a Kubernetes 1.36', async () => {
  const { out, err, code } = await kubectl(plane, ['version', '--output=json'])
  expect({ err, code }).toEqual({ err: '', code: 0 })
  expect(JSON.parse(out).serverVersion).toMatchObject({ major: '1', minor: '36' })
})

test('helm, which refuses a server that does not tell its version, lists releases', async () => {
  expect(await helm(plane, ['list', '--all-namespaces', '--output=json'])).toMatchObject({ out: '[]\n', code: 0 })
})

test('the controllers are at work: a deleted ReplicaSet takes its pods along', async () => {
  const labels = { app: 'idle' }
  await shop.create('apps/v1/replicasets', {
    metadata: { name: 'idle' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'idle', image: 'idle' }] } },
    },
  })
  await eventually(async () => expect(await shop.list('pods', 'app=idle')).toHaveLength(2))
  await shop.delete('apps/v1/replicasets', 'idle')
  await eventually(async () => expect(await shop.list('pods', 'app=idle')).toEqual([]))
})

describe('a user of a test', () => {
  test('may do what it was given rights for, and nothing else', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get'] }]
    const clerk = await shop.createUser('clerk', { rules })
    await clerk.api.create(shop.path('configmaps'), { metadata: { name: 'prices' } })
    await expect(clerk.api.delete(shop.path('configmaps', 'prices'))).rejects.toMatchObject({ code: 403 })
    await expect(clerk.api.list('/api/v1/nodes')).rejects.toMatchObject({ code: 403 })
  })

  test('is told from others in the audit log, which counts its requests by verb and resource', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }]
    const counted = await shop.createUser('counted', { rules, clusterRules: rules })
    const mark = await plane.audit.mark()
    await counted.api.create(shop.path('configmaps'), { metadata: { name: 'counted' } })
    await counted.api.patch(shop.path('configmaps', 'counted'), { data: { a: 'b' } })
    await counted.api.list('/api/v1/configmaps')
    await shop.patch('configmaps', 'counted', { data: { a: 'c' } }) // somebody else's
    const requests = (await plane.audit.since(mark)).filter(({ user }) => user === counted.name)
    expect(requests.map(({ verb, resource, code }) => [verb, resource, code])).toEqual([
      ['create', 'configmaps', 201],
      ['patch', 'configmaps', 200],
      ['list', 'configmaps', 200],
    ])
    expect(requests.filter(isWrite)).toHaveLength(2)
  })
})

test('the API server tells its own metrics', async () => {
  expect(await plane.metrics()).toContain('apiserver_request_total{')
})

test('a killed API server comes back with what it had stored, and to those who knew it', async () => {
  await using own = await ControlPlane.start()
  await using ownShop = await TestNamespace.create(own)
  await ownShop.create('configmaps', { metadata: { name: 'kept' } })
  await own.killApiServer()
  await expect(ownShop.get('configmaps', 'kept')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await own.startApiServer()
  expect(await ownShop.get('configmaps', 'kept')).toMatchObject({ metadata: { name: 'kept' } })
})

test('nothing of a control plane is left when its process is killed', async () => {
  const script = `
    import { ControlPlane } from './tests/support/cluster/control-plane.ts'
    await ControlPlane.start()
    console.log('ready')
    setInterval(() => undefined, 1000)`
  const child = new RunningProcess(spawn(process.execPath, ['--input-type=module', '--eval', script]))
  let started: Awaited<ReturnType<typeof descendantsOf>>
  try {
    await child.saying(/ready/)
    started = await descendantsOf(child.pid)
    expect(started.filter(({ command }) => command.includes('kube-') && !command.includes('guard'))).toHaveLength(3)
  } finally {
    child.kill('SIGKILL')
  }
  await eventually(async () => expect(await stillRunning(started)).toEqual([]))
})
