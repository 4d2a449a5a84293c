import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { PIPELINE_KIND } from '../operator/kinds.ts'
import type { OpenedCluster } from './open-cluster.ts'

/** The object of a pipeline; throws where there is none. */
export async function readPipelineObject(
  { client, namespace }: OpenedCluster,
  name: string,
  stop?: AbortSignal,
): Promise<KubernetesObject> {
  const object = await client.get(PIPELINE_KIND, namespace, name, stop)
  if (object === undefined) throw new Error(`there is no MetricsPipeline ${name} in the namespace ${namespace}`)
  return object
}
