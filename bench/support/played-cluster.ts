import { setMaxListeners } from 'node:events'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { EXPORTER } from '../../core/operator/objects/exporter.ts'
import { COMPONENT_LABEL, MANAGED_BY, PIPELINE_LABEL } from '../../core/operator/owner.ts'
import { formatInstant } from '../../core/time/instant.ts'
import type { ApiClient, ApiObject } from '../../tests/support/cluster/api-client.ts'
import { ControlPlane } from '../../tests/support/cluster/control-plane.ts'
import { follow } from '../../tests/support/cluster/follow.ts'
import { installCrd, smallPipeline } from '../../tests/support/cluster/pipeline-fixture.ts'
import { AtMost } from './at-most.ts'
import { playExporter } from './played-exporter.ts'

/** What one pipeline's objects look like from outside. */
export interface PipelineSeen {
  readonly namespace: string
  readonly name: string
  deployment?: ApiObject
  readonly cronJobs: Set<string>
  /** When it had its Deployment and its CronJobs, by `performance.now()`. */
  appliedAt?: number
}

const CRON_JOBS = 2
const AT_ONCE = 4
const SELECTOR = `labelSelector=app.kubernetes.io/managed-by=${MANAGED_BY}`
const PIPELINES = '/apis/metricspipelines.io/v1alpha1'

/**
 * An API server with no controllers and no nodes behind it. Their part is played by patches: Jobs end well, Deployments get one pod, which is
 * ready, and exporters answer.
 */
export class PlayedCluster implements AsyncDisposable {
  readonly plane: ControlPlane
  readonly pipelines = new Map<string, PipelineSeen>()
  readonly #stop = new AbortController()
  readonly #lane = new AtMost(AT_ONCE)
  readonly #exporters: { readonly close: () => void }[] = []
  readonly #addresses = new Map<string, string>()
  readonly #observed = new Set<string>()

  private constructor(plane: ControlPlane) {
    this.plane = plane
    setMaxListeners(0, this.#stop.signal)
  }

  static async start(namespaces: readonly string[]): Promise<PlayedCluster> {
    const plane = await ControlPlane.start(undefined, { controllers: false })
    const cluster = new PlayedCluster(plane)
    await installCrd(plane)
    for (const [index, name] of namespaces.entries()) await cluster.#openNamespace(name, `127.8.0.${index + 1}`)
    cluster.#play()
    return cluster
  }

  get api(): ApiClient {
    return this.plane.api
  }

  async create(namespace: string, name: string): Promise<void> {
    this.pipelines.set(`${namespace}/${name}`, { namespace, name, cronJobs: new Set() })
    await this.api.create(`${PIPELINES}/namespaces/${namespace}/metricspipelines`, smallPipeline(name))
  }

  async edit({ namespace, name }: PipelineSeen, spec: ApiObject): Promise<void> {
    await this.api.patch(`${PIPELINES}/namespaces/${namespace}/metricspipelines/${name}`, { spec })
  }

  async annotate({ namespace, name }: PipelineSeen, annotations: Readonly<Record<string, string>>): Promise<void> {
    await this.api.patch(`${PIPELINES}/namespaces/${namespace}/metricspipelines/${name}`, { metadata: { annotations } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    for (const exporter of this.#exporters) exporter.close()
    await this.plane[Symbol.asyncDispose]()
  }

  async #openNamespace(name: string, address: string): Promise<void> {
    await this.api.create('/api/v1/namespaces', { metadata: { name } })
    this.#addresses.set(name, address)
    const names = () => [...this.pipelines.values()].flatMap((each) => (each.namespace === name ? each.name : []))
    this.#exporters.push(await playExporter(address, names))
  }

  #play(): void {
    const watch = (
      path: string,
      changed: (object: ApiObject) => void,
      gone: (object: ApiObject) => void = () => undefined,
    ) => void follow(this.api, `${path}?${SELECTOR}`, { changed, gone }, this.#stop.signal)
    watch('/apis/batch/v1/jobs', (job) => this.#later(() => this.#endJob(job)))
    watch(
      '/apis/apps/v1/deployments',
      (deployment) => this.#deploymentIs(deployment),
      (deployment) => this.#deploymentWent(deployment),
    )
    watch('/apis/batch/v1/cronjobs', ({ metadata }) => {
      const seen = this.#seenOf(metadata)
      seen?.cronJobs.add(metadata.name)
      if (seen !== undefined) noteApplied(seen)
    })
  }

  #seenOf({ namespace, labels }: ApiObject): PipelineSeen | undefined {
    return this.pipelines.get(`${namespace}/${labels[PIPELINE_LABEL]}`)
  }

  #deploymentIs(deployment: ApiObject): void {
    const { metadata, status } = deployment
    const seen = this.#seenOf(metadata)
    if (seen !== undefined) {
      seen.deployment = deployment
      noteApplied(seen)
    }
    if (status.observedGeneration !== metadata.generation) this.#later(() => this.#rollOut(deployment))
  }

  #deploymentWent({ metadata }: ApiObject): void {
    const seen = this.#seenOf(metadata)
    if (seen?.deployment?.['metadata'].uid === metadata.uid) delete seen!.deployment
  }

  #later(work: () => Promise<void>): void {
    this.#lane.run(work).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) process.stderr.write(`  played cluster: ${(error as Error).message}\n`)
    })
  }

  async #endJob({ metadata, status }: ApiObject): Promise<void> {
    if (status.conditions !== undefined) return
    const now = toTheSecond()
    const condition = (type: string) => ({ type, status: 'True', lastProbeTime: now, lastTransitionTime: now })
    await this.api.patch(`/apis/batch/v1/namespaces/${metadata.namespace}/jobs/${metadata.name}/status`, {
      status: {
        startTime: now,
        completionTime: now,
        succeeded: 1,
        conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      },
    })
  }

  async #rollOut({ metadata, spec }: ApiObject): Promise<void> {
    const { namespace, name, generation } = metadata
    const now = toTheSecond()
    const count = spec.replicas
    const condition = (type: string, reason: string) => ({
      type,
      status: 'True',
      reason,
      lastTransitionTime: now,
      lastUpdateTime: now,
    })
    if (count > 0 && !this.#observed.has(`${namespace}/${name}`)) {
      this.#observed.add(`${namespace}/${name}`)
      await this.#runPod(namespace, name, spec.template)
    }
    await this.api.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, {
      status: {
        observedGeneration: generation,
        replicas: count,
        updatedReplicas: count,
        readyReplicas: count,
        availableReplicas: count,
        conditions: [
          condition('Available', 'MinimumReplicasAvailable'),
          condition('Progressing', 'NewReplicaSetAvailable'),
        ],
      },
    })
  }

  async #runPod(namespace: string, deployment: string, template: ApiObject): Promise<void> {
    const name = `${deployment}-0`
    const path = `/api/v1/namespaces/${namespace}/pods`
    const isExporter = template['metadata'].labels[COMPONENT_LABEL] === 'exporter'
    const now = toTheSecond()
    await this.api.create(path, {
      metadata: { ...template['metadata'], name },
      spec: { ...template['spec'], nodeName: 'played' },
    })
    await this.api.patch(`${path}/${name}/status`, {
      status: {
        phase: 'Running',
        podIP: isExporter && deployment === EXPORTER ? this.#addresses.get(namespace) : '127.8.1.1',
        startTime: now,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
        containerStatuses: template['spec'].containers.map((container: ApiObject) => ({
          name: container['name'],
          image: container['image'],
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: now } },
        })),
      },
    })
  }
}

function noteApplied(seen: PipelineSeen): void {
  if (seen.deployment !== undefined && seen.cronJobs.size === CRON_JOBS) seen.appliedAt ??= performance.now()
}

function toTheSecond(): string {
  return `${formatInstant(systemClock.now()).slice(0, 19)}Z`
}
