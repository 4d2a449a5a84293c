import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import type { ResourceKind } from '../adapters/kubernetes/kubernetes-object.ts'
import { type ObjectChange, Reflector } from '../adapters/kubernetes/reflector.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { MANAGED_BY } from '../core/operator/owner.ts'
import { OWNED_KINDS, PIPELINE_KIND, POD_KIND } from './kinds.ts'
import { keyOfObject, ObjectIndex } from './object-index.ts'
import { keyText, type WorkKey } from './work-key.ts'

export interface ClusterViewOptions {
  readonly client: KubernetesClient
  /** Empty: all of them. */
  readonly namespaces: readonly string[]
  readonly log: Logger
  /** Something about it is not as it was before. */
  readonly onChange: (key: WorkKey, isFirstListing: boolean) => void
}

/** What the operator sees of the cluster: its pipelines, and what it made for them, kept up by watches. */
export class ClusterView {
  readonly #pipelines = new ObjectIndex()
  readonly #objects = new ObjectIndex()
  readonly #pods = new ObjectIndex()
  readonly #reflectors: readonly Reflector[]
  readonly #onChange: ClusterViewOptions['onChange']

  constructor({ client, namespaces, log, onChange }: ClusterViewOptions) {
    this.#onChange = onChange
    const scopes = namespaces.length === 0 ? [undefined] : namespaces
    const watch = (kind: ResourceKind, onObject: (change: ObjectChange) => void, selector?: string) =>
      scopes.map((namespace) => new Reflector({ client, kind, namespace, selector, log, onChange: onObject }))
    this.#reflectors = [
      ...watch(PIPELINE_KIND, (change) => this.#pipelineChanged(change)),
      ...watch(POD_KIND, (change) => this.#objectChanged(this.#pods, change), OURS),
      ...OWNED_KINDS.flatMap((kind) => watch(kind, (change) => this.#objectChanged(this.#objects, change), OURS)),
    ]
  }

  /** Resolves once everything was listed; the watches go on until `stop`. */
  async start(stop: AbortSignal): Promise<void> {
    for (const reflector of this.#reflectors) void reflector.run(stop)
    await Promise.all(this.#reflectors.map((reflector) => reflector.synced))
  }

  get isSynced(): boolean {
    return this.#reflectors.every(({ hasSynced }) => hasSynced)
  }

  /** Those that have pipelines. */
  namespaces(): readonly string[] {
    return this.#pipelines.keys()
  }

  pipelinesIn(namespace: string): readonly KubernetesObject[] {
    return this.#pipelines.of(namespace)
  }

  pipeline(namespace: string, name: string): KubernetesObject | undefined {
    return this.#pipelines.of(namespace).find(({ metadata }) => metadata.name === name)
  }

  objectsOf(key: WorkKey): readonly KubernetesObject[] {
    return this.#objects.of(keyText(key))
  }

  podsOf(key: WorkKey): readonly KubernetesObject[] {
    return this.#pods.of(keyText(key))
  }

  exporterPods(namespace: string): readonly KubernetesObject[] {
    return this.#pods.of(namespace)
  }

  #pipelineChanged({ object, previous, isFirstListing }: ObjectChange): void {
    const { namespace = '', name: pipeline = '' } = (object ?? previous)?.metadata ?? {}
    if (object !== undefined) this.#pipelines.put(namespace, object)
    else if (previous !== undefined) this.#pipelines.remove(namespace, previous)
    this.#onChange({ namespace, pipeline }, isFirstListing)
    if (object?.metadata.generation !== previous?.metadata.generation) this.#onChange({ namespace }, isFirstListing)
  }

  #objectChanged(index: ObjectIndex, { object, previous, isFirstListing }: ObjectChange): void {
    const key = object === undefined ? undefined : keyOfObject(object)
    const former = previous === undefined ? undefined : keyOfObject(previous)
    if (previous !== undefined && former !== undefined) index.remove(keyText(former), previous)
    if (object !== undefined && key !== undefined) index.put(keyText(key), object)
    const keys = new Map([former, key].flatMap((each) => (each === undefined ? [] : [[keyText(each), each]])))
    for (const each of keys.values()) this.#onChange(each, isFirstListing)
  }
}

const OURS = `app.kubernetes.io/managed-by=${MANAGED_BY}`
