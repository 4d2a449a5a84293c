import { beforeAll, expect, test } from 'vitest'
import { type AuditedRequest, type AuditMark, isWrite } from '../../support/cluster/audit-log.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { Contender } from '../../support/kubernetes/contenders.ts'
import { WayToCluster } from '../../support/kubernetes/way-to-cluster.ts'

const CRASH_MS = 17_000
const EXIT_MS = 3_000

let plane: OwnCluster

beforeAll(async () => {
  plane = await sharedControlPlane()
})

/** What the leaders wrote, leases aside, in the order in which it arrived. */
async function worksIn(shop: TestNamespace, mark: AuditMark): Promise<readonly AuditedRequest[]> {
  const requests = await plane.audit.since(mark)
  return requests
    .filter((each) => isWrite(each) && each.resource === 'configmaps' && each.userAgent.startsWith('contender'))
    .filter(({ namespace }) => namespace === shop.name)
    .toSorted((one, other) => instantOf(one) - instantOf(other))
}

function instantOf({ at }: AuditedRequest): number {
  return Date.parse(at)
}

/** Between the last write of one and the first of the other, which came after all of them. */
function handover(works: readonly AuditedRequest[]): { readonly gapMs: number; readonly order: readonly string[] } {
  const changes = works.flatMap((work, index) => {
    const before = works[index - 1]
    return before === undefined || before.userAgent === work.userAgent ? [] : [instantOf(work) - instantOf(before)]
  })
  const order = works.map(({ userAgent }) => userAgent).filter((name, index, names) => name !== names[index - 1])
  return { gapMs: changes[0] ?? Number.NaN, order }
}

test('a leader that ends in good order hands over at once', async () => {
  await using shop = await TestNamespace.create(plane)
  const mark = await plane.audit.mark()
  await using first = new Contender(plane.kubeconfig, shop.name, 'contender-a')
  await first.saying(/leads/)
  await using second = new Contender(plane.kubeconfig, shop.name, 'contender-b')
  await eventually(async () => expect((await worksIn(shop, mark)).length).toBeGreaterThan(10))
  expect(second.output).not.toContain('leads')

  first.kill('SIGTERM')
  expect((await first.ended).out).toContain('ended: stopped')
  await second.saying(/leads/)
  await eventually(async () =>
    expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a', 'contender-b']),
  )
  expect(handover(await worksIn(shop, mark)).gapMs).toBeLessThan(EXIT_MS)

  const { spec } = await shop.get('coordination.k8s.io/v1/leases', 'work')
  expect(spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 1 })
  expect(spec.holderIdentity).toMatch(/^contender-b_/)
})

test('a leader that crashes is replaced when its lease has run out', async () => {
  await using shop = await TestNamespace.create(plane)
  const mark = await plane.audit.mark()
  await using first = new Contender(plane.kubeconfig, shop.name, 'contender-a')
  await first.saying(/leads/)
  await using second = new Contender(plane.kubeconfig, shop.name, 'contender-b')
  await eventually(async () => expect((await worksIn(shop, mark)).length).toBeGreaterThan(10))
  first.kill('SIGKILL')
  await second.saying(/leads/)
  await eventually(async () =>
    expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a', 'contender-b']),
  )
  expect(handover(await worksIn(shop, mark)).gapMs).toBeLessThan(CRASH_MS)
})

test('a leader that was frozen writes nothing when it wakes up, for another leads', async () => {
  await using shop = await TestNamespace.create(plane)
  const mark = await plane.audit.mark()
  await using first = new Contender(plane.kubeconfig, shop.name, 'contender-a')
  await first.saying(/leads/)
  await using _second = new Contender(plane.kubeconfig, shop.name, 'contender-b')
  await eventually(async () => expect((await worksIn(shop, mark)).length).toBeGreaterThan(10))
  first.kill('SIGSTOP')
  await eventually(async () =>
    expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a', 'contender-b']),
  )
  first.kill('SIGCONT')
  expect((await first.ended).out).toContain('ended: lost')
  expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a', 'contender-b'])
})

test('a leader that is cut off stops before another may lead', async () => {
  await using shop = await TestNamespace.create(plane)
  await using way = await WayToCluster.to(plane)
  const mark = await plane.audit.mark()
  await using first = new Contender(way.kubeConfig, shop.name, 'contender-a')
  await first.saying(/leads/)
  await using second = new Contender(plane.kubeconfig, shop.name, 'contender-b')
  await eventually(async () => expect((await worksIn(shop, mark)).length).toBeGreaterThan(10))
  way.proxy.stall()
  await first.saying(/ended: lost/)
  expect(second.output).not.toContain('leads')
  await eventually(async () =>
    expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a', 'contender-b']),
  )
})

test('a leader whose connections are dead makes others in time, and goes on leading', async () => {
  await using shop = await TestNamespace.create(plane)
  await using way = await WayToCluster.to(plane)
  const mark = await plane.audit.mark()
  await using first = new Contender(way.kubeConfig, shop.name, 'contender-a')
  await first.saying(/leads/)
  await using second = new Contender(plane.kubeconfig, shop.name, 'contender-b')
  await eventually(async () => expect((await worksIn(shop, mark)).length).toBeGreaterThan(10))
  way.proxy.abandon()
  const abandonedAt = Date.now()
  await eventually(async () => {
    const latest = (await worksIn(shop, mark)).at(-1)
    expect(latest === undefined ? 0 : instantOf(latest)).toBeGreaterThan(abandonedAt + CRASH_MS)
  })
  expect(handover(await worksIn(shop, mark)).order).toEqual(['contender-a'])
  expect([first, second].map(({ output }) => /leads/.test(output))).toEqual([true, false])
})
