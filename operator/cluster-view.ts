import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import { NotFoundError } from '../adapters/kubernetes/kubernetes-error.ts'
import type { ResourceKind } from '../adapters/kubernetes/kubernetes-object.ts'
import { type ObjectChange, Reflector, type ReflectorOptions } from '../adapters/kubernetes/reflector.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { MANAGED_BY } from '../core/operator/owner.ts'
import { slimPod } from '../core/operator/slim-pod.ts'
import type { Priority } from '../core/queue/pending-keys.ts'
import { MONITOR_KIND, OWNED_KINDS, PIPELINE_KIND, POD_KIND } from './kinds.ts'
import { keyOfObject, ObjectIndex } from './object-index.ts'
import { urgencyOf } from './urgency-of.ts'
import { keyText, type WorkKey } from './work-key.ts'

export interface ClusterViewOptions {
  readonly client: KubernetesClient
  /** Empty: all of them. */
  readonly namespaces: readonly string[]
  readonly log: Logger
  /** Something about it is not as it was before. */
  readonly onChange: (key: WorkKey, priority: Priority) => void
}

const LOOK_FOR_MONITORS_MS = 60_000
const SYNC_MONITORS_MS = 10_000

/** What the operator sees of the cluster: its pipelines, and what it made for them, kept up by watches. */
export class ClusterView {
  readonly #pipelines = new ObjectIndex()
  readonly #objects = new ObjectIndex()
  readonly #pods = new ObjectIndex()
  readonly #reflectors: readonly Reflector[]
  readonly #options: ClusterViewOptions
  #hasServiceMonitors = false

  constructor(options: ClusterViewOptions) {
    this.#options = options
    this.#reflectors = [
      ...this.#watch(PIPELINE_KIND, (change) => this.#pipelineChanged(change)),
      ...this.#watch(POD_KIND, (change) => this.#objectChanged(this.#pods, change), { selector: OURS, keep: slimPod }),
      ...OWNED_KINDS.flatMap((kind) => this.#watchOwned(kind)),
    ]
  }

  /** Resolves once everything was listed; the watches go on until `stop`. */
  async start(stop: AbortSignal): Promise<void> {
    for (const reflector of this.#reflectors) void reflector.run(stop)
    await this.#lookForMonitors(stop)
    await Promise.all(this.#reflectors.map((reflector) => reflector.synced))
  }

  get hasServiceMonitors(): boolean {
    return this.#hasServiceMonitors
  }

  /** The kinds that were never listed: nothing is decided before all are. */
  get unlisted(): readonly string[] {
    return [...new Set(this.#reflectors.filter(({ hasSynced }) => !hasSynced).map(({ plural }) => plural))]
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

  /** The kind may come later, with Prometheus's operator. A watch of a kind that is not there would fail again and again. */
  async #lookForMonitors(stop: AbortSignal): Promise<void> {
    if (stop.aborted) return
    if (!(await this.#servesMonitors(stop))) {
      void wait(LOOK_FOR_MONITORS_MS, stop).then(() => this.#lookForMonitors(stop))
      return
    }
    const reflectors = this.#watchOwned(MONITOR_KIND)
    for (const reflector of reflectors) void reflector.run(stop)
    await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), wait(SYNC_MONITORS_MS, stop)])
    this.#hasServiceMonitors = reflectors.every(({ hasSynced }) => hasSynced)
    for (const namespace of this.namespaces()) {
      this.#options.onChange({ namespace }, 'low')
      for (const { metadata } of this.pipelinesIn(namespace))
        this.#options.onChange({ namespace, pipeline: metadata.name }, 'low')
    }
  }

  async #servesMonitors(stop: AbortSignal): Promise<boolean> {
    const { client, namespaces, log } = this.#options
    try {
      await client.find(MONITOR_KIND, namespaces[0] ?? 'default', 'any', stop)
      return true
    } catch (error) {
      if (!(error instanceof NotFoundError)) log.info({ error }, 'service monitors are not to be had')
      return false
    }
  }

  #watchOwned(kind: ResourceKind): readonly Reflector[] {
    return this.#watch(kind, (change) => this.#objectChanged(this.#objects, change), { selector: OURS })
  }

  #watch(
    kind: ResourceKind,
    onChange: (change: ObjectChange) => void,
    what: Pick<ReflectorOptions, 'selector' | 'keep'> = {},
  ): readonly Reflector[] {
    const { client, namespaces, log } = this.#options
    const scopes = namespaces.length === 0 ? [undefined] : namespaces
    return scopes.map((namespace) => new Reflector({ client, kind, namespace, log, onChange, ...what }))
  }

  #pipelineChanged(change: ObjectChange): void {
    const { object, previous } = change
    const priority = urgencyOf(change)
    const { namespace = '', name: pipeline = '' } = (object ?? previous)?.metadata ?? {}
    if (object !== undefined) this.#pipelines.put(namespace, object)
    else if (previous !== undefined) this.#pipelines.remove(namespace, previous)
    this.#options.onChange({ namespace, pipeline }, priority)
    if (object?.metadata.generation !== previous?.metadata.generation) this.#options.onChange({ namespace }, priority)
  }

  #objectChanged(index: ObjectIndex, change: ObjectChange): void {
    const { object, previous } = change
    const key = object === undefined ? undefined : keyOfObject(object)
    const former = previous === undefined ? undefined : keyOfObject(previous)
    if (previous !== undefined && former !== undefined) index.remove(keyText(former), previous)
    if (object !== undefined && key !== undefined) index.put(keyText(key), object)
    const keys = new Map([former, key].flatMap((each) => (each === undefined ? [] : [[keyText(each), each]])))
    for (const each of keys.values()) this.#options.onChange(each, urgencyOf(change))
    const { kind, metadata: { namespace } = {} } = object ?? previous ?? {}
    if (kind === 'ControllerRevision' && namespace !== undefined)
      this.#options.onChange({ namespace }, urgencyOf(change)) // another plan in force is another for the exporter
  }
}

const OURS = `app.kubernetes.io/managed-by=${MANAGED_BY}`
