import { KubernetesConnection } from '../../../adapters/kubernetes/connection.ts'
import { KubernetesClient, type KubernetesClientOptions } from '../../../adapters/kubernetes/kubernetes-client.ts'
import { loadKubeConfig } from '../../../adapters/kubernetes/load-kube-config.ts'

export interface TestClient extends Disposable {
  readonly client: KubernetesClient
  readonly connection: KubernetesConnection
}

/** A client as the operator has it, by a kubeconfig. */
export function clientOf(kubeConfig: string, options: Partial<KubernetesClientOptions> = {}): TestClient {
  const connection = new KubernetesConnection({ load: () => loadKubeConfig(kubeConfig), userAgent: 'test/1' })
  const client = new KubernetesClient({ connection, fieldManager: 'test', ...options })
  return { client, connection, [Symbol.dispose]: () => connection.close() }
}
