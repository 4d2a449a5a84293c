import { inject } from 'vitest'
import { type ClusterHandle, OwnCluster } from './own-cluster.ts'

/** The control plane that this run's test files share; the first one to ask waits some seconds until it is ready. */
export async function sharedControlPlane(): Promise<OwnCluster> {
  const answer = await (await fetch(inject('controlPlaneUrl'))).text()
  if (!answer.startsWith('{')) throw new Error(answer)
  return new OwnCluster(JSON.parse(answer) as ClusterHandle)
}
