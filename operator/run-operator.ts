import { ProbeServer } from '../adapters/http/probe-server.ts'
import { KubernetesConnection } from '../adapters/kubernetes/connection.ts'
import { EventRecorder } from '../adapters/kubernetes/event-recorder.ts'
import { KubernetesClient, type RequestSeen, type WriteFence } from '../adapters/kubernetes/kubernetes-client.ts'
import { LeaderElection } from '../adapters/kubernetes/leader-election.ts'
import { loadKubeConfig } from '../adapters/kubernetes/load-kube-config.ts'
import { WorkQueue } from '../adapters/kubernetes/work-queue.ts'
import { EXIT } from '../adapters/process/run-process.ts'
import type { Scope } from '../adapters/process/scope.ts'
import { systemClock } from '../adapters/process/system-clock.ts'
import { createLogger, type Logger } from '../adapters/telemetry/create-logger.ts'
import { toggleLevelBySignal } from '../adapters/telemetry/level-by-signal.ts'
import { OperatorMetrics, type OperatorSeen } from '../adapters/telemetry/operator-metrics.ts'
import { inSpan } from '../adapters/telemetry/span.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { MANAGED_BY } from '../core/operator/owner.ts'
import { parseDurationMs } from '../core/time/duration.ts'
import packageJson from '../package.json' with { type: 'json' }
import { Autoscaler } from './autoscaler.ts'
import { ClusterView } from './cluster-view.ts'
import { type OperatorConfig, parseOperatorConfig } from './config.ts'
import { enqueue, reconcileKey } from './controller.ts'
import { ExporterReconciler } from './exporter-reconciler.ts'
import { PipelineReconciler } from './pipeline-reconciler.ts'
import { statusOfObject } from './read-plan.ts'
import { SignalWatch } from './signal-watch.ts'
import { keyText } from './work-key.ts'

const { version } = packageJson

/** Reconciles are short, and each waits for the API server most of the time. More of them only wait longer when it is busy. */
const CONCURRENCY = 8

/** Numbers that move are told now and then. How many workers they ask for is decided without a reconcile. */
const NUMBERS_WAIT_MS = 5_000

/** The operator as a process: watches at once, writes while it leads. Gives the exit code. */
export async function runOperator(scope: Scope, stop: AbortSignal): Promise<number> {
  const config = parseOperatorConfig(process.env)
  const log = createLogger(config.logLevel, 'operator', { pod: config.identity })
  scope.use(toggleLevelBySignal(log), (end) => end())
  const metrics = new OperatorMetrics()
  const telemetry = await startTelemetry({
    environment: process.env,
    service: 'metrics-pipeline-operator',
    attributes: { 'service.instance.id': config.identity },
    metrics: async () => {
      await metrics.expose(operator.seen)
      return metrics.registry.getMetricsAsJSON()
    },
    log,
  })
  scope.use(telemetry, (started) => started.stop())
  const connection = scope.use(
    new KubernetesConnection({ load: () => loadKubeConfig(), userAgent: `${MANAGED_BY}/${version}` }),
    (opened) => opened.close(),
  )
  const client = new KubernetesClient({
    connection,
    fieldManager: MANAGED_BY,
    pace: { perSecond: config.requestsPerSecond, burst: 2 * config.requestsPerSecond },
    onRequest: (seen) => countRequest(metrics, seen),
  })
  const operator = new Operator(config, client, metrics, log)
  const server = new ProbeServer({
    port: config.httpPort,
    host: config.httpHost,
    readiness: () => (operator.unlisted.length === 0 ? null : `not listed yet: ${operator.unlisted.join(', ')}`),
    metrics: () => metrics.expose(operator.seen),
  })
  scope.use(server, (opened) => opened.close())
  log.info({ port: await server.listen(), version, namespaces: config.watchNamespaces }, 'operator starts')
  return operator.run(connection, stop)
}

class Operator {
  readonly #config: OperatorConfig
  readonly #client: KubernetesClient
  readonly #metrics: OperatorMetrics
  readonly #log: Logger
  readonly #view: ClusterView
  #queue: WorkQueue | undefined

  constructor(config: OperatorConfig, client: KubernetesClient, metrics: OperatorMetrics, log: Logger) {
    this.#config = config
    this.#client = client
    this.#metrics = metrics
    this.#log = log
    this.#view = new ClusterView({
      client,
      namespaces: config.watchNamespaces,
      log,
      onChange: (key, priority) => this.#queue !== undefined && enqueue(this.#queue, key, priority),
    })
  }

  get unlisted(): readonly string[] {
    return this.#view.unlisted
  }

  get seen(): OperatorSeen {
    const pipelines = this.#view.namespaces().flatMap((namespace) => this.#view.pipelinesIn(namespace))
    return {
      queued: this.#queue?.depth ?? 0,
      failing: this.#queue?.failing ?? 0,
      ready: pipelines.map(readiness),
      fleets: pipelines.map(fleetOf),
    }
  }

  /** Watches from the start, so that a standby is warm; returns when told to stop, or when another one leads. */
  async run(connection: KubernetesConnection, stop: AbortSignal): Promise<number> {
    const ended = new AbortController()
    const watching = this.#view.start(AbortSignal.any([stop, ended.signal]))
    const election = new LeaderElection({
      connection,
      namespace: this.#config.namespace,
      name: this.#config.leaseName,
      identity: this.#config.identity,
      fieldManager: MANAGED_BY,
      onRequest: (seen) => countRequest(this.#metrics, seen),
      log: this.#log,
    })
    const leading = election.run(async (fence) => {
      this.#metrics.isLeader.set(1)
      const over = AbortSignal.any([stop, fence.lost])
      await Promise.race([watching, aborted(over)])
      if (!over.aborted) await this.#lead(fence, over)
      this.#metrics.isLeader.set(0)
    }, stop)
    const end = await leading.finally(() => ended.abort()) // watches would keep the process from ending
    return end === 'stopped' ? EXIT.ok : EXIT.failed // what a former leader knows is out of date: it starts anew
  }

  async #lead(fence: WriteFence, stop: AbortSignal): Promise<void> {
    const client = this.#client.fenced(fence)
    const { operandImage: image, operandPullSecrets: pullSecrets } = this.#config
    const operator = { version, image, pullSecrets }
    const signals = new SignalWatch({
      view: this.#view,
      intervalMs: this.#config.signalMs,
      clock: systemClock,
      log: this.#log,
      onChange: (namespace, pipeline, change) =>
        queue.addAfter(keyText({ namespace, pipeline }), change === 'numbers' ? NUMBERS_WAIT_MS : 0, 'low'),
      onLook: (pipeline) => {
        const { namespace = '', name } = pipeline.metadata
        if (autoscaler.decide(pipeline)) queue.add(keyText({ namespace, pipeline: name }), 'high')
      },
    })
    const autoscaler = new Autoscaler({
      view: this.#view,
      signals,
      image,
      clock: systemClock,
      metrics: this.#metrics,
    })
    const shared = { client, view: this.#view, clock: systemClock, log: this.#log }
    const events = new EventRecorder({
      client,
      controller: 'metricspipelines.io/operator',
      instance: this.#config.identity,
      log: this.#log,
    })
    const reconcilers = {
      pipelines: new PipelineReconciler({ ...shared, signals, autoscaler, events, operator, metrics: this.#metrics }),
      exporters: new ExporterReconciler({
        ...shared,
        settings: { image, pullSecrets, logLevel: this.#config.logLevel },
      }),
    }
    const queue = this.#openQueue(reconcilers)
    this.#queue = queue
    for (const namespace of this.#view.namespaces()) {
      enqueue(queue, { namespace }, 'low')
      for (const { metadata } of this.#view.pipelinesIn(namespace))
        enqueue(queue, { namespace, pipeline: metadata.name }, 'low')
    }
    this.#log.info({ pipelines: queue.depth }, 'operator leads')
    await signals.look(stop) // before anything is judged: what nobody has asked for yet is not what nobody knows
    await Promise.all([queue.run(stop), signals.run(stop)])
    await events.flush()
    this.#queue = undefined
  }

  #openQueue(reconcilers: Parameters<typeof reconcileKey>[1]): WorkQueue {
    return new WorkQueue({
      concurrency: CONCURRENCY,
      handle: (key) =>
        inSpan('reconcile', { attributes: { 'mp.key': key } }, () =>
          reconcileKey(key, reconcilers, this.#config.resyncMs),
        ),
      onPass: ({ key, outcome, seconds }) => {
        this.#metrics.reconcileSeconds.observe({ subject: key.includes('/') ? 'pipeline' : 'exporter' }, seconds)
        if (outcome === 'done') this.#metrics.lastReconcile.setToCurrentTime()
      },
      onFailure: (key, error, retryInMs) => {
        this.#metrics.countError(error)
        this.#log.warn({ key, error, retryInMs }, 'a reconcile failed')
      },
    })
  }
}

function readiness(pipeline: KubernetesObject): OperatorSeen['ready'][number] {
  return statusOfObject(pipeline)?.conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'
}

/** Of whatever the object says, valid or not. */
function fleetOf(pipeline: KubernetesObject): OperatorSeen['fleets'][number] {
  const { namespace = '', name } = pipeline.metadata
  const { suspend, workers, composite } = (pipeline['spec'] ?? {}) as {
    suspend?: unknown
    workers?: { scaling?: { targetLatency?: unknown } }
    composite?: { strategy?: unknown; maxStale?: unknown }
  }
  return {
    namespace,
    pipeline: name,
    isSuspended: suspend === true,
    targetLatencyMs: parseDurationMs(String(workers?.scaling?.targetLatency)),
    compositeMaxStaleMs:
      composite?.strategy === 'EventBased' ? undefined : parseDurationMs(String(composite?.maxStale)),
    scaling: statusOfObject(pipeline)?.autoscaling,
  }
}

function countRequest(metrics: OperatorMetrics, { verb, resource, code }: RequestSeen): void {
  metrics.apiRequests.inc({ verb, resource, code })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
