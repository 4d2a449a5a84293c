import type { ResourceKind } from '../../adapters/kubernetes/kubernetes-object.ts'
import { explainFleet } from '../../core/explain/explain-fleet.ts'
import type { FleetFacts } from '../../core/explain/fleet-facts.ts'
import { type InCluster, openCluster } from '../open-cluster.ts'
import { readPipelineObject } from '../read-pipeline-object.ts'
import { factsOfObject } from './facts-of-object.ts'

/** In the group in which the cluster role `view` has them. */
const EVENT: ResourceKind = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/** What the cluster of the kubeconfig says of a pipeline's workers, as text or as JSON. */
export async function explainCluster(name: string, where: InCluster, output: 'text' | 'json'): Promise<string> {
  const facts = await askCluster(name, where)
  if (output === 'json') return `${JSON.stringify(facts, null, 2)}\n`
  return `${explainFleet(facts, new Date().toISOString()).join('\n')}\n`
}

async function askCluster(name: string, where: InCluster): Promise<FleetFacts> {
  const cluster = openCluster(where)
  try {
    const object = await readPipelineObject(cluster, name)
    const { items } = await cluster.client.list(EVENT, { namespace: cluster.namespace })
    return factsOfObject(object, items)
  } finally {
    cluster.close()
  }
}
