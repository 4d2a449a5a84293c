import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const FLEET = ['namespace', 'pipeline'] as const

const READY = ['True', 'False', 'Unknown'] as const

/** What is counted when somebody asks. */
export interface OperatorSeen {
  /** Keys that wait to be reconciled, and those whose last try failed. */
  readonly queued: number
  readonly failing: number
  /** What the condition Ready of each pipeline says. */
  readonly ready: readonly (typeof READY)[number][]
  /** How many workers each pipeline is to have. */
  readonly fleets: readonly FleetSeen[]
}

export interface FleetSeen {
  readonly namespace: string
  readonly pipeline: string
  readonly replicas: number
  /** By the load alone; undefined while nobody knows. */
  readonly wanted: number | undefined
}

/** The operator's metrics, in a registry of its own. Two have a pipeline's name in a label; there may be thousands of pipelines. */
export class OperatorMetrics {
  readonly registry = new Registry()
  readonly reconcileSeconds = new Histogram({
    name: 'mp_operator_reconcile_duration_seconds',
    help: 'Duration of a reconcile, by what it was about',
    labelNames: ['subject'],
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  })
  readonly reconcileErrors = this.#counter(
    'mp_operator_reconcile_errors_total',
    'Reconciles that failed and are tried again, by the kind of error',
    ['reason'],
  )
  readonly apiRequests = this.#counter('mp_operator_api_requests_total', 'Requests to the API server', [
    'verb',
    'resource',
    'code',
  ])
  readonly scalingDecisions = this.#counter(
    'mp_operator_autoscaler_decisions_total',
    'Decisions about a number of workers, by their reason',
    ['reason'],
  )
  readonly scalings = this.#counter(
    'mp_operator_autoscaler_scalings_total',
    'Changes of a number of workers: up, down',
    ['direction'],
  )
  readonly isLeader = this.#gauge('mp_operator_leader', 'Whether this process leads: 1, or 0')
  readonly #queueDepth = this.#gauge('mp_operator_queue_depth', 'Pipelines and exporters waiting to be reconciled')
  readonly #failing = this.#gauge('mp_operator_failing', 'Pipelines and exporters whose last reconcile failed')
  readonly #pipelines = this.#gauge('mp_operator_pipelines', 'Pipelines by what their condition Ready says', ['ready'])
  readonly #replicas = this.#gauge('mp_operator_autoscaler_replicas', 'Workers that a pipeline is to have', FLEET)
  readonly #wanted = this.#gauge(
    'mp_operator_autoscaler_wanted',
    'Workers that the load of a pipeline alone asks for, before bounds and waiting',
    FLEET,
  )
  readonly lastReconcile = this.#gauge(
    'mp_operator_last_reconcile_timestamp_seconds',
    'When a reconcile succeeded last, as seconds since 1970',
  )

  constructor() {
    collectDefaultMetrics({ register: this.registry })
    this.isLeader.set(0)
    for (const direction of ['up', 'down'] as const) this.scalings.inc({ direction }, 0)
  }

  async expose(seen: OperatorSeen): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#queueDepth.set(seen.queued)
    this.#failing.set(seen.failing)
    for (const ready of READY) this.#pipelines.set({ ready }, seen.ready.filter((each) => each === ready).length)
    this.#setFleets(seen.fleets)
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }

  #setFleets(fleets: OperatorSeen['fleets']): void {
    this.#replicas.reset() // of pipelines that are gone
    this.#wanted.reset()
    for (const { namespace, pipeline, replicas, wanted } of fleets) {
      this.#replicas.set({ namespace, pipeline }, replicas)
      if (wanted !== undefined) this.#wanted.set({ namespace, pipeline }, wanted)
    }
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }
}
