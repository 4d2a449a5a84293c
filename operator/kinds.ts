import type { ResourceKind } from '../adapters/kubernetes/kubernetes-object.ts'
import { API_VERSION, KIND } from '../core/pipeline/spec.ts'

export const PIPELINE_KIND: ResourceKind = {
  apiVersion: API_VERSION,
  kind: KIND,
  plural: 'metricspipelines',
  namespaced: true,
}

export const POD_KIND: ResourceKind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }

const namespaced = (apiVersion: string, kind: string, plural: string): ResourceKind => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
})

/** What the operator makes, and so watches. */
export const OWNED_KINDS: readonly ResourceKind[] = [
  namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  namespaced('v1', 'ConfigMap', 'configmaps'),
  namespaced('v1', 'Service', 'services'),
  namespaced('apps/v1', 'Deployment', 'deployments'),
  namespaced('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  namespaced('batch/v1', 'Job', 'jobs'),
  namespaced('batch/v1', 'CronJob', 'cronjobs'),
  namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
]

/** What the operator makes where there is such a kind: it comes with Prometheus's operator. */
export const MONITOR_KIND = namespaced('monitoring.coreos.com/v1', 'ServiceMonitor', 'servicemonitors')

export function kindOf(object: { readonly kind: string }): ResourceKind {
  const found = [...OWNED_KINDS, MONITOR_KIND, POD_KIND, PIPELINE_KIND].find(({ kind }) => kind === object.kind)
  if (found === undefined) throw new Error(`the operator does not know ${object.kind}`)
  return found
}
