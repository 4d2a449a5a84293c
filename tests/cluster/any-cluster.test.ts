import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, inject, test } from 'vitest'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { projectImage } from '../support/cluster/images.ts'
import { PlayedNode } from '../support/cluster/played-node.ts'
import { CRD_PATH } from '../support/cluster/release.ts'
import { RunningProcess } from '../support/running-process.ts'

const IMAGE = 'registry.example.com/team/operator:7'
const VITEST = resolve('node_modules/vitest/vitest.mjs')

/** A test run of its own, as `make e2e` starts it. */
async function endToEnd(environment: Readonly<Record<string, string>>): Promise<{ code: number | null; said: string }> {
  const tests = ['tests/e2e/cluster/day-to-day.test.ts', '--testNamePattern', 'in three shards']
  const child = spawn(process.execPath, [VITEST, 'run', ...tests], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
  })
  const run = new RunningProcess(child)
  const { code } = await run.ended
  return { code, said: run.output }
}

test('end-to-end tests run in a cluster of which they know a kubeconfig and an image, and leave nothing in it', async () => {
  await using plane = await ControlPlane.start()
  await using _node = await PlayedNode.join(plane, { images: { [IMAGE]: projectImage() } })
  const { code, said } = await endToEnd({
    E2E_KUBECONFIG: plane.kubeconfig,
    E2E_IMAGE: IMAGE,
    TEST_DATABASE_URL: inject('postgresUrl'),
    TEST_REDIS_URL: inject('redisUrl'),
  })
  expect(code, said).toBe(0)
  expect(await plane.api.find(CRD_PATH)).toBeUndefined()
  expect(await plane.api.list('/api/v1/pods')).toEqual([])
  const owned = '?labelSelector=app.kubernetes.io/managed-by=Helm'
  for (const kind of ['clusterroles', 'clusterrolebindings'])
    expect(await plane.api.list(`/apis/rbac.authorization.k8s.io/v1/${kind}${owned}`)).toEqual([])
}, 240_000)

test('without servers that both sides reach they do not begin', async () => {
  const { code, said } = await endToEnd({ E2E_KUBECONFIG: '/nowhere/kubeconfig' })
  expect(code).toBe(1)
  expect(said).toContain('set TEST_DATABASE_URL and TEST_REDIS_URL')
}, 120_000)
