import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ControlPlane } from '../../support/cluster/control-plane.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { clientOf, type TestClient } from '../../support/kubernetes/client-of.ts'
import { WatchedKinds } from '../../support/kubernetes/watched-kinds.ts'
import { WayToCluster } from '../../support/kubernetes/way-to-cluster.ts'

/** Long enough for every pause between two tries to have become long. */
const OUTAGE_MS = 20_000

/** From when the way is open again until what happened is known. */
const NOTICED_MS = 5_000

let plane: ControlPlane
let shop: TestNamespace
let way: WayToCluster
let watcher: TestClient
let watched: WatchedKinds
const asked: string[] = []

beforeAll(async () => {
  plane = await ControlPlane.start()
})
afterAll(async () => await plane?.[Symbol.asyncDispose]())

beforeEach(async () => {
  shop = await TestNamespace.create(plane)
  way = await WayToCluster.to(plane)
  watcher = clientOf(way.kubeConfig, { onRequest: ({ verb, code }) => asked.push(`${verb} ${code}`) })
  for (const name of ['stays', 'goes', 'again']) await shop.create('configmaps', { metadata: { name } })
  watched = await WatchedKinds.of(watcher.client)
  asked.splice(0)
})
afterEach(async () => {
  await watched[Symbol.asyncDispose]()
  watcher[Symbol.dispose]()
  await way[Symbol.asyncDispose]()
  await shop[Symbol.asyncDispose]()
})

/** A ConfigMap that goes, one that is made anew, and one that comes. */
async function change(): Promise<void> {
  await shop.delete('configmaps', 'goes')
  await shop.delete('configmaps', 'again')
  await shop.create('configmaps', { metadata: { name: 'again' } })
  await shop.create('configmaps', { metadata: { name: 'new' } })
}

/** All of it, once, within the time. */
async function expectNoticed(withinMs: number): Promise<void> {
  const since = performance.now()
  const expected = ['again came', 'again went', 'goes went', 'new came'].map((what) => `${shop.name}/${what}`)
  await eventually(() => expect(watched.told.filter((what) => what.startsWith(shop.name)).toSorted()).toEqual(expected))
  expect(performance.now() - since).toBeLessThan(withinMs)
  const names = watched.configMaps.store.list().filter(({ metadata }) => metadata.namespace === shop.name)
  expect(names.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['again', 'new', 'stays']))
}

function lists(): number {
  return asked.filter((what) => what === 'list 200').length
}

test('while the way is cut, what happens is known within seconds of its being open', async () => {
  way.proxy.cut()
  await change()
  await delay(OUTAGE_MS)
  way.proxy.restore()
  await expectNoticed(NOTICED_MS)
  expect(lists()).toBe(0)
})

test('a reset is noticed at once', async () => {
  way.proxy.interrupt()
  await change()
  await expectNoticed(NOTICED_MS)
  expect(lists()).toBe(0)
})

test('when nothing gets through and nobody says so, the connection is given up', async () => {
  way.proxy.abandon()
  await change()
  await expectNoticed(25_000)
  expect(lists()).toBe(0)
})

test('when nothing got through for a while, what happened is known within seconds', async () => {
  way.proxy.stall()
  await change()
  await delay(OUTAGE_MS)
  way.proxy.restore()
  await expectNoticed(NOTICED_MS)
})

test('an API server that was away and has forgotten its past is listed once for each kind', async () => {
  way.proxy.cut()
  await change()
  await plane.killApiServer()
  await plane.startApiServer()
  way.proxy.restore()
  await expectNoticed(NOTICED_MS)
  expect(lists()).toBeLessThanOrEqual(watched.count)
})

test('an API server that hangs and goes on is followed on', async () => {
  process.kill(plane.pidOf('kube-apiserver'), 'SIGSTOP')
  await delay(OUTAGE_MS)
  process.kill(plane.pidOf('kube-apiserver'), 'SIGCONT')
  await change()
  await expectNoticed(NOTICED_MS)
  expect(lists()).toBe(0)
})
