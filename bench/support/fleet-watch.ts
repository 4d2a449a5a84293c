import { HTTP_PORT } from '../../core/operator/objects/operand-pod.ts'
import type { NamespaceSignals } from '../../core/signals/pipeline-signals.ts'
import type { ApiObject } from '../../tests/support/cluster/api-client.ts'
import { follow } from '../../tests/support/cluster/follow.ts'
import type { TestNamespace } from '../../tests/support/cluster/test-namespace.ts'

const LOOK_MS = 20

/** When something was seen of a pod of workers, by `performance.now()`. */
export interface PodSeen {
  readonly name: string
  /** It has a node. */
  readonly placedAt: number
  /** Its process was started. */
  runsAt?: number
  readyAt?: number
}

/** What a pipeline's fleet looks like from outside, by watches, and what its exporter says. */
export class FleetWatch implements AsyncDisposable {
  readonly #namespace: TestNamespace
  readonly #pipeline: string
  readonly #stop = new AbortController()
  readonly #following: Promise<unknown>
  readonly #pods = new Map<string, PodSeen>()
  #replicas = Number.NaN
  #askedAt = Number.NaN

  constructor(namespace: TestNamespace, pipeline: string) {
    this.#namespace = namespace
    this.#pipeline = pipeline
    const { api } = namespace.cluster
    const selector = `labelSelector=metricspipelines.io/pipeline=${pipeline},app.kubernetes.io/component=worker`
    const deployments = follow(
      api,
      `${namespace.path('apps/v1/deployments')}?${selector}`,
      { changed: (deployment) => this.#deploymentChanged(deployment), gone: () => undefined },
      this.#stop.signal,
    )
    const pods = follow(
      api,
      `${namespace.path('pods')}?${selector}`,
      { changed: (pod) => this.#podChanged(pod), gone: ({ metadata: { uid } }) => this.#pods.delete(uid) },
      this.#stop.signal,
    )
    this.#following = Promise.all([deployments, pods])
  }

  /** How many workers the Deployment asks for. */
  get replicas(): number {
    return this.#replicas
  }

  /** Since when. */
  get askedAt(): number {
    return this.#askedAt
  }

  get pods(): readonly PodSeen[] {
    return [...this.#pods.values()]
  }

  /** Resolves when it holds, with when that was. */
  async until(holds: () => boolean): Promise<number> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    return performance.now()
  }

  /** Resolves when the exporter says that something waits. */
  async isSeen(): Promise<number> {
    const url = await this.#exporter()
    for (;;) {
      const { pipelines } = (await (await fetch(url)).json()) as NamespaceSignals
      const source = pipelines[this.#pipeline]?.source
      if (source !== undefined && 'streams' in source && source.isDrained !== true) return performance.now()
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** When a worker said that it reads. */
  async readsAt({ name }: PodSeen): Promise<number> {
    const log = await this.#namespace.cluster.api.text(this.#namespace.path('pods', `${name}/log`))
    const lines = log.trim().split('\n')
    const said = lines.map((line) => JSON.parse(line) as { msg: string; time: string })
    const { time = '' } = said.find(({ msg }) => msg === 'worker reads') ?? {}
    return Date.parse(time) - performance.timeOrigin
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#following
  }

  async #exporter(): Promise<string> {
    const pods = await this.#namespace.list('pods', 'app.kubernetes.io/component=exporter')
    const ready = pods.find(({ status, metadata }) => isReady(status) && metadata.deletionTimestamp === undefined)
    if (ready === undefined) throw new Error('no exporter is ready')
    return `http://${ready['status'].podIP}:${HTTP_PORT}/signals`
  }

  #deploymentChanged({ spec: { replicas } }: ApiObject): void {
    if (replicas === this.#replicas) return
    this.#replicas = replicas
    this.#askedAt = performance.now()
  }

  #podChanged({ metadata, spec, status }: ApiObject): void {
    const now = performance.now()
    if (spec.nodeName === undefined) return
    const pod: PodSeen = this.#pods.get(metadata.uid) ?? { name: metadata.name, placedAt: now }
    this.#pods.set(metadata.uid, pod)
    if (status.containerStatuses?.[0]?.state.running !== undefined) pod.runsAt ??= now
    if (isReady(status)) pod.readyAt ??= now
  }
}

function isReady({ conditions = [] }: ApiObject): boolean {
  return conditions.some(({ type, status }: ApiObject) => type === 'Ready' && status === 'True')
}
