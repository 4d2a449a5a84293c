import { API_VERSION, KIND } from '../pipeline/spec.ts'
import type { KubernetesObject, ObjectMeta, OwnerReference } from './kubernetes-object.ts'

/** The pipeline object that others belong to. */
export interface Owner {
  readonly name: string
  readonly namespace: string
  readonly uid: string
}

export type Component = 'pipeline' | 'worker' | 'migrate' | 'aggregation' | 'day-roll' | 'exporter'

export const MANAGED_BY = 'metrics-pipeline-operator'
export const PIPELINE_LABEL = 'metricspipelines.io/pipeline'
export const COMPONENT_LABEL = 'app.kubernetes.io/component'

/** What every object that the operator makes can be found by. */
export function ownedLabels(pipeline: string, component: Component): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/managed-by': MANAGED_BY,
    'app.kubernetes.io/name': 'metrics-pipeline',
    'app.kubernetes.io/instance': pipeline,
    [COMPONENT_LABEL]: component,
    [PIPELINE_LABEL]: pipeline,
  }
}

/** The labels that can never change: what Deployments and Services find their pods by. */
export function identityLabels(pipeline: string, component: Component): Readonly<Record<string, string>> {
  return { [COMPONENT_LABEL]: component, [PIPELINE_LABEL]: pipeline }
}

/** Kubernetes deletes the object when its pipeline goes. */
export function ownerReference({ name, uid }: Owner): OwnerReference {
  return { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: true }
}

export function ownedMeta(owner: Owner, name: string, component: Component): ObjectMeta {
  return {
    name,
    namespace: owner.namespace,
    labels: ownedLabels(owner.name, component),
    ownerReferences: [ownerReference(owner)],
  }
}

export function componentOf({ metadata }: KubernetesObject): Component | undefined {
  return metadata.labels?.[COMPONENT_LABEL] as Component | undefined
}
