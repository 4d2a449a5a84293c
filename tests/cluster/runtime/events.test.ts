import { beforeAll, expect, test } from 'vitest'
import { EventRecorder } from '../../../adapters/kubernetes/event-recorder.ts'
import type { KubernetesObject } from '../../../core/operator/kubernetes-object.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { kubectl } from '../../support/cluster/run-tool.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'
import { TestNamespace } from '../../support/cluster/test-namespace.ts'
import { clientOf } from '../../support/kubernetes/client-of.ts'

let plane: OwnCluster

beforeAll(async () => {
  plane = await sharedControlPlane()
})

/** A ConfigMap in a namespace of its own, and somebody who tells of it. */
async function prepare(kubeconfig = plane.kubeconfig) {
  const shop = await TestNamespace.create(plane)
  const { client, connection } = clientOf(kubeconfig)
  const regarding = {
    ...(await shop.create('configmaps', { metadata: { name: 'prices' } })),
    apiVersion: 'v1',
    kind: 'ConfigMap',
  }
  const { log, lines } = captureLog()
  const recorder = new EventRecorder({ client, controller: 'example.org/test', instance: 'test-1', log })
  return {
    shop,
    recorder,
    lines,
    regarding: regarding as unknown as KubernetesObject,
    events: async () => await shop.list('events.k8s.io/v1/events'),
    [Symbol.asyncDispose]: async () => {
      connection.close()
      await shop[Symbol.asyncDispose]()
    },
  }
}

const SCALED = { type: 'Normal', reason: 'ScaledUp', action: 'Scale', note: 'from 2 to 3' } as const

test('what happened to an object is told where kubectl looks for it', async () => {
  await using all = await prepare()
  all.recorder.record(all.regarding, SCALED)
  await all.recorder.flush()
  expect(await all.events()).toMatchObject([
    {
      ...SCALED,
      reportingController: 'example.org/test',
      reportingInstance: 'test-1',
      regarding: { kind: 'ConfigMap', name: 'prices' },
    },
  ])
  const { out } = await kubectl(plane, ['events', '--for', 'configmap/prices', '-n', all.shop.name])
  expect(out).toContain('from 2 to 3')
})

test('the same again is counted in one event, another is another', async () => {
  await using all = await prepare()
  for (let count = 0; count < 5; count += 1) all.recorder.record(all.regarding, SCALED)
  all.recorder.record(all.regarding, { ...SCALED, note: 'from 3 to 4' })
  await all.recorder.flush()
  const events = await all.events()
  expect(events.map(({ note, series }) => [note, series?.count])).toEqual(
    expect.arrayContaining([
      ['from 2 to 3', 2], // the rest is written when a minute has gone
      ['from 3 to 4', undefined],
    ]),
  )
  expect(events).toHaveLength(2)
})

test('a note that is too long is cut between characters', async () => {
  await using all = await prepare()
  all.recorder.record(all.regarding, { ...SCALED, note: 'ä'.repeat(1_000) })
  await all.recorder.flush()
  expect((await all.events())[0]?.['note']).toBe(`${'ä'.repeat(510)}…`)
})

test('an object in trouble does not fill the log, and what else happens to it is told', async () => {
  await using all = await prepare()
  const trouble = { ...SCALED, type: 'Warning', reason: 'NoConnection' } as const
  for (let count = 0; count < 50; count += 1) all.recorder.record(all.regarding, { ...trouble, note: `try ${count}` })
  all.recorder.record(all.regarding, SCALED)
  await all.recorder.flush()
  const reasons = (await all.events()).map(({ reason }) => reason)
  expect(reasons.filter((reason) => reason === 'NoConnection')).toHaveLength(10)
  expect(reasons.filter((reason) => reason === 'ScaledUp')).toHaveLength(1)
})

test('who may not write events does its work all the same', async () => {
  await using shop = await TestNamespace.create(plane)
  const { kubeconfig } = await shop.createUser('quiet', { rules: [] })
  await using all = await prepare(kubeconfig)
  all.recorder.record(all.regarding, SCALED)
  await all.recorder.flush()
  expect(await all.events()).toEqual([])
  expect(all.lines.join()).toContain('ForbiddenError')
})
