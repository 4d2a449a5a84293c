import type { TestProject } from 'vitest/node'
import { findControlPlane } from './cluster/control-plane-binaries.ts'
import { namedCluster } from './cluster/named-cluster.ts'
import { SharedControlPlane } from './cluster/shared-control-plane.ts'

declare module 'vitest' {
  interface ProvidedContext {
    controlPlaneUrl: string
  }
}

/**
 * Before anything runs, and under no test's deadline, builds the control plane if it must; it is started by the first test file that asks for
 * it. Where another cluster is named for the tests there is none.
 */
export default async function setUpSharedControlPlane(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if (namedCluster() !== undefined) return undefined
  const log = (message: string) => console.error(`tests: ${message}`)
  await findControlPlane(log)
  const shared = await SharedControlPlane.open(log)
  project.provide('controlPlaneUrl', shared.url)
  return async () => await shared[Symbol.asyncDispose]()
}
