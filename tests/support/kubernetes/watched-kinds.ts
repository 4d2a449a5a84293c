import type { KubernetesClient, Selection } from '../../../adapters/kubernetes/kubernetes-client.ts'
import type { ResourceKind } from '../../../adapters/kubernetes/kubernetes-object.ts'
import { keyText } from '../../../adapters/kubernetes/object-store.ts'
import { Reflector } from '../../../adapters/kubernetes/reflector.ts'
import { captureLog } from '../captured-log.ts'

const KINDS: readonly ResourceKind[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'ControllerRevision', plural: 'controllerrevisions', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', namespaced: true },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true },
]

/** Reflectors of as many kinds as an operator watches. */
export class WatchedKinds implements AsyncDisposable {
  /** What happened to ConfigMaps: `shop/a came`, `shop/a changed`, `shop/a went`. */
  readonly told: string[] = []
  readonly configMaps: Reflector
  readonly #reflectors: readonly Reflector[]
  readonly #stop = new AbortController()
  readonly #runs: readonly Promise<void>[]

  private constructor(client: KubernetesClient, selection: Selection) {
    const { log } = captureLog()
    this.#reflectors = KINDS.map(
      (kind) =>
        new Reflector({
          ...{ client, kind, log, ...selection },
          onChange: ({ key, object, previous }) => {
            const what = object === undefined ? 'went' : previous === undefined ? 'came' : 'changed'
            if (kind === KINDS[0]) this.told.push(`${keyText(key)} ${what}`)
          },
        }),
    )
    this.configMaps = this.#reflectors[0]!
    this.#runs = this.#reflectors.map((reflector) => reflector.run(this.#stop.signal))
  }

  /** Resolves when all are known. */
  static async of(client: KubernetesClient, selection: Selection = {}): Promise<WatchedKinds> {
    const watched = new WatchedKinds(client, selection)
    await Promise.all(watched.#reflectors.map(({ synced }) => synced))
    watched.told.splice(0)
    return watched
  }

  get count(): number {
    return this.#reflectors.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#runs)
  }
}
