import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedMeta } from '../owner.ts'

/** What the objects around a pipeline's workers are called, and the account of all its pods. */
export function operandName(pipeline: string): string {
  return `${pipeline}-worker`
}

/** Said of the account and not of each pod: where they change, nothing is restarted. Left out, it is anybody's to say. */
export function imagePullSecrets(names: readonly string[]): Pick<KubernetesObject, string> {
  return names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) }
}

/** An identity without rights: nothing that a pipeline runs talks to Kubernetes. */
export function serviceAccount({ owner }: DesiredPipeline, pullSecrets: readonly string[]): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMeta(owner, operandName(owner.name), 'pipeline'),
    automountServiceAccountToken: false,
    ...imagePullSecrets(pullSecrets),
  }
}
