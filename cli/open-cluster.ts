import { KubernetesConnection } from '../adapters/kubernetes/connection.ts'
import { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import { loadKubeConfig } from '../adapters/kubernetes/load-kube-config.ts'
import packageJson from '../package.json' with { type: 'json' }

export interface InCluster {
  /** Left out: that of the context. */
  readonly namespace?: string
  /** Left out: the current one. */
  readonly context?: string
}

/** A cluster of the kubeconfig, and the namespace that is meant. */
export interface OpenedCluster {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly close: () => void
}

/** As kubectl finds it. */
export function openCluster({ namespace, context }: InCluster): OpenedCluster {
  const userAgent = `mp/${packageJson.version}`
  const connection = new KubernetesConnection({ load: () => loadKubeConfig(undefined, context), userAgent })
  return {
    client: new KubernetesClient({ connection, fieldManager: 'mp', pace: PACE, timeoutMs: TIMEOUT_MS }),
    namespace: namespace ?? connection.namespace ?? 'default',
    close: () => connection.close(),
  }
}

/** One person is asking, for one pipeline with all its workers. */
const PACE = { perSecond: 50, burst: 100 }

const TIMEOUT_MS = 10_000
