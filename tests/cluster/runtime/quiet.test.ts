import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LeaderElection } from '../../../adapters/kubernetes/leader-election.ts'
import { captureLog } from '../../support/captured-log.ts'
import { isWrite } from '../../support/cluster/audit-log.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { clientOf } from '../../support/kubernetes/client-of.ts'
import { WatchedKinds } from '../../support/kubernetes/watched-kinds.ts'
import { WayToCluster } from '../../support/kubernetes/way-to-cluster.ts'

const QUIET_MS = 10_000

/** It takes some milliseconds; the rest is for a machine that has other things to do. */
const NEWS_MS = 2_000

test('where nothing happens, nothing is asked and nothing written but the lease, over two connections', async () => {
  const plane = await sharedControlPlane()
  await using shop = await TestNamespace.create(plane)
  await using way = await WayToCluster.to(plane)
  using watcher = clientOf(way.kubeConfig)
  await using watched = await WatchedKinds.of(watcher.client, { namespace: shop.name })
  const stop = new AbortController()
  const election = new LeaderElection({
    connection: watcher.connection,
    ...{ namespace: shop.name, name: 'work', identity: 'one', fieldManager: 'test', log: captureLog().log },
  })
  const done = election.run(async (fence) => {
    while (!stop.signal.aborted && fence.mayWrite()) await delay(100)
  }, stop.signal)
  await eventually(() => expect(election.isLeading).toBe(true))

  const mark = await plane.audit.mark()
  await delay(QUIET_MS)
  const asked = (await plane.audit.since(mark)).filter(({ userAgent }) => userAgent === 'test/1')
  expect(asked.filter(isWrite).map(({ resource }) => resource)).toEqual(asked.map(() => 'leases'))
  expect(asked.length).toBeLessThanOrEqual(QUIET_MS / 2_000 + 1)
  expect(way.proxy.connections).toBe(2)

  watched.told.splice(0)
  const since = performance.now()
  await shop.create('configmaps', { metadata: { name: 'news' } })
  await eventually(() => expect(watched.told).toEqual([`${shop.name}/news came`]))
  expect(performance.now() - since).toBeLessThan(NEWS_MS)
  stop.abort()
  expect(await done).toBe('stopped')
})
