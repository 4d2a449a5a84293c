import { KubernetesConnection } from '../../adapters/kubernetes/connection.ts'
import { KubernetesClient } from '../../adapters/kubernetes/kubernetes-client.ts'
import type { ResourceKind } from '../../adapters/kubernetes/kubernetes-object.ts'
import { loadKubeConfig } from '../../adapters/kubernetes/load-kube-config.ts'
import { explainFleet } from '../../core/explain/explain-fleet.ts'
import type { FleetFacts } from '../../core/explain/fleet-facts.ts'
import { API_VERSION, KIND } from '../../core/pipeline/spec.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { factsOfObject } from './facts-of-object.ts'

export interface InCluster {
  /** Left out: that of the context. */
  readonly namespace?: string
  /** Left out: the current one. */
  readonly context?: string
}

const PIPELINE: ResourceKind = { apiVersion: API_VERSION, kind: KIND, plural: 'metricspipelines', namespaced: true }

/** In the group in which the cluster role `view` has them. */
const EVENT: ResourceKind = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/** What the cluster of the kubeconfig says of a pipeline's workers, as text or as JSON. */
export async function explainCluster(name: string, where: InCluster, output: 'text' | 'json'): Promise<string> {
  const facts = await askCluster(name, where)
  if (output === 'json') return `${JSON.stringify(facts, null, 2)}\n`
  return `${explainFleet(facts, new Date().toISOString()).join('\n')}\n`
}

async function askCluster(name: string, { namespace: given, context }: InCluster): Promise<FleetFacts> {
  const userAgent = `mp/${packageJson.version}`
  const connection = new KubernetesConnection({ load: () => loadKubeConfig(undefined, context), userAgent })
  try {
    const client = new KubernetesClient({ connection, fieldManager: 'mp' })
    const namespace = given ?? connection.namespace ?? 'default'
    const object = await client.get(PIPELINE, namespace, name)
    if (object === undefined) throw new Error(`there is no MetricsPipeline ${name} in the namespace ${namespace}`)
    const { items } = await client.list(EVENT, { namespace })
    return factsOfObject(object, items)
  } finally {
    connection.close()
  }
}
