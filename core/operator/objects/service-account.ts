import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedMeta } from '../owner.ts'

/** What the objects around a pipeline's workers are called, and the account of all its pods. */
export function operandName(pipeline: string): string {
  return `${pipeline}-worker`
}

/** An identity without rights: nothing that a pipeline runs talks to Kubernetes. */
export function serviceAccount({ owner }: DesiredPipeline): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMeta(owner, operandName(owner.name), 'pipeline'),
    automountServiceAccountToken: false,
  }
}
