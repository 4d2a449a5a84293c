import { ForbiddenError } from '../../adapters/kubernetes/kubernetes-error.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { describeError } from '../../adapters/telemetry/create-logger.ts'
import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import { EXPORTER } from '../../core/operator/objects/exporter.ts'
import { HTTP_PORT } from '../../core/operator/objects/operand-pod.ts'
import { COMPONENT_LABEL, PIPELINE_LABEL } from '../../core/operator/owner.ts'
import type { PipelineStatus } from '../../core/operator/status.ts'
import type { PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { factsOfSignals, type SeenFacts } from '../../core/top/facts-of-signals.ts'
import { factsOfStatus } from '../../core/top/facts-of-status.ts'
import { foldReadings, NOTHING_READ } from '../../core/top/fold-readings.ts'
import type { TopFacts } from '../../core/top/top-facts.ts'
import { readWorker, type WorkerReading } from '../../core/top/worker-reading.ts'
import { POD_KIND } from '../../operator/kinds.ts'
import { parseSignals } from '../../operator/parse-signals.ts'
import { type InCluster, type OpenedCluster, openCluster } from '../open-cluster.ts'
import { readPipelineObject } from '../read-pipeline-object.ts'
import type { TopSource } from './top-source.ts'

const EXPORTERS = `app.kubernetes.io/name=${EXPORTER},${COMPONENT_LABEL}=exporter`

/**
 * Asks the API server for a pipeline's status, and through it the exporter of its namespace and its workers. Who may not ask those gets what
 * the status says, and is told.
 */
export class ClusterSource implements TopSource {
  readonly #name: string
  readonly #cluster: OpenedCluster
  #read = NOTHING_READ

  constructor(name: string, where: InCluster) {
    this.#name = name
    this.#cluster = openCluster(where)
  }

  async look(stop: AbortSignal): Promise<TopFacts> {
    const object = await readPipelineObject(this.#cluster, this.#name, stop)
    const status = (object['status'] ?? {}) as Partial<PipelineStatus>
    const { members, ...seen } = await this.#seen(status, stop)
    const { autoscaling, readyReplicas } = status
    return {
      pipeline: this.#name,
      place: `namespace ${this.#cluster.namespace}`,
      at: formatInstant(systemClock.now()),
      ...seen,
      workers: { ready: readyReplicas ?? null, wanted: autoscaling?.replicas ?? null, members },
      scaling: autoscaling ?? null,
    }
  }

  async close(): Promise<void> {
    this.#cluster.close()
  }

  async #seen(status: Partial<PipelineStatus>, stop: AbortSignal): Promise<SeenFacts> {
    const [exporter, workers] = await Promise.allSettled([this.#askExporter(stop), this.#askWorkers(stop)])
    const { notes, ...facts } =
      exporter.status === 'fulfilled'
        ? factsOfSignals(exporter.value, this.#read)
        : factsOfStatus(status, this.#read, formatInstant(systemClock.now()))
    return { ...facts, notes: [...notes, ...troublesOf(exporter, workers)] }
  }

  async #askExporter(stop: AbortSignal): Promise<PipelineSignals> {
    const [pod] = await this.#readyPods(EXPORTERS, stop)
    if (pod === undefined) throw new Error('no exporter is ready in this namespace')
    return parseSignals(JSON.parse(await this.#ask(pod, `/signals/${this.#name}`, stop)))
  }

  /** Throws when one of them does not answer; what the others said is kept. */
  async #askWorkers(stop: AbortSignal): Promise<void> {
    const pods = await this.#readyPods(`${PIPELINE_LABEL}=${this.#name},${COMPONENT_LABEL}=worker`, stop)
    const said = await Promise.allSettled(pods.map((pod) => this.#ask(pod, '/metrics', stop)))
    const readings = new Map<string, WorkerReading>()
    for (const [index, each] of said.entries()) {
      const reading = each.status === 'fulfilled' ? readWorker(each.value) : undefined
      if (reading !== undefined) readings.set(pods[index] as string, reading)
    }
    this.#read = foldReadings(this.#read, readings, performance.now())
    const failed = said.find((each) => each.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #readyPods(selector: string, stop: AbortSignal): Promise<readonly string[]> {
    const { namespace, client } = this.#cluster
    const { items } = await client.list(POD_KIND, { namespace, selector }, stop)
    return items.filter(isReady).map(({ metadata }) => metadata.name)
  }

  #ask(pod: string, path: string, stop: AbortSignal): Promise<string> {
    const { client, namespace } = this.#cluster
    return client.askPod(namespace, pod, HTTP_PORT, path, stop)
  }
}

function isReady({ metadata, status }: KubernetesObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some((each) => each.type === 'Ready' && each.status === 'True')
  )
}

/** What could not be seen, why, and what it takes. */
function troublesOf(
  exporter: PromiseSettledResult<unknown>,
  workers: PromiseSettledResult<unknown>,
): readonly string[] {
  const reasons = [exporter, workers].flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  return [
    ...(exporter.status === 'rejected'
      ? [`as the status has it, up to 30 s old, for the exporter cannot be asked: ${reasonOf(exporter.reason)}`]
      : []),
    ...(workers.status === 'rejected' ? [`workers cannot be asked: ${reasonOf(workers.reason)}`] : []),
    ...(reasons.some((reason) => reason instanceof ForbiddenError) ? [RIGHTS] : []),
  ]
}

const RIGHTS = 'it takes the rights to list pods and to get pods/proxy'

function reasonOf(error: unknown): string {
  return describeError(error).message
}
