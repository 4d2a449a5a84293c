import type { KubernetesObject } from '../kubernetes-object.ts'

/** The field manager of the number of workers. What else a Deployment says is the operator's. */
export const AUTOSCALER = 'metrics-pipeline-autoscaler'

/** Shows in the object itself that the number is the autoscaler's own: an operator that wrote it with all else would take it along. */
const SCALED = 'metricspipelines.io/scaled'

/** How many workers a Deployment has, as an object to apply by itself. */
export function workerScale({ apiVersion, kind, metadata }: KubernetesObject, replicas: number): KubernetesObject {
  const { name, namespace = '' } = metadata
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, annotations: { [SCALED]: String(replicas) } },
    spec: { replicas },
  }
}

/** A Deployment that says nothing of it would begin with one worker. */
export function withScale(deployment: KubernetesObject, replicas: number): KubernetesObject {
  return { ...deployment, spec: { ...(deployment['spec'] as object), replicas } }
}
