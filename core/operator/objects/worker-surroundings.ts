import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { identityLabels, ownedMeta, PIPELINE_LABEL } from '../owner.ts'
import { operandName } from './service-account.ts'

/** One worker at a time may be evicted; a single one always may, or its node could never be drained. */
export function disruptionBudget({ owner }: DesiredPipeline): KubernetesObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMeta(owner, operandName(owner.name), 'worker'),
    spec: { maxUnavailable: 1, selector: { matchLabels: identityLabels(owner.name, 'worker') } },
  }
}

/** Nobody has anything to ask of a pipeline's pods but their probes and metrics. */
export function networkPolicy({ owner }: DesiredPipeline): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMeta(owner, operandName(owner.name), 'worker'),
    spec: {
      podSelector: { matchLabels: { [PIPELINE_LABEL]: owner.name } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 'http' }] }],
    },
  }
}
