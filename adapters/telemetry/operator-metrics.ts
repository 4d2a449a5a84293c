import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { SCALING_REASONS } from '../../core/autoscaling/scaling-decision.ts'
import { collectProcessMetrics } from './process-metrics.ts'

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const FLEET = ['namespace', 'pipeline'] as const

/** What a reconcile is about. */
const SUBJECTS = ['pipeline', 'exporter'] as const

/** What an API server says, or that it says nothing. Whatever else fails is a fault of the operator, and `other`. */
const ERRORS = new Set([
  'ApiServerError',
  'BrokenWatchError',
  'ConflictError',
  'ForbiddenError',
  'GoneError',
  'InvalidError',
  'LostLeadershipError',
  'NotFoundError',
  'TooManyRequestsError',
  'UnauthorizedError',
  'UnreachableError',
])
const OTHER = 'other'

const READY = ['True', 'False', 'Unknown'] as const

/** What is counted when somebody asks. */
export interface OperatorSeen {
  /** Keys that wait to be reconciled, and those whose last try failed. */
  readonly queued: number
  readonly failing: number
  /** What the condition Ready of each pipeline says. */
  readonly ready: readonly (typeof READY)[number][]
  /** What each pipeline is to be, and how many workers it is to have. */
  readonly fleets: readonly FleetSeen[]
}

export interface FleetSeen {
  readonly namespace: string
  readonly pipeline: string
  readonly isSuspended: boolean
  /** Undefined where the object does not say it in a way that can be read. */
  readonly targetLatencyMs: number | undefined
  /** The same where there is no composite, or where it may be as old as it gets. */
  readonly compositeMaxStaleMs: number | undefined
  /** Undefined before the first decision is told. */
  readonly scaling: FleetScaling | undefined
}

export interface FleetScaling {
  readonly replicas: number
  /** By the load alone; undefined while nobody knows. */
  readonly wanted?: number
  /** Why there are as many, in the status's word. */
  readonly reason: string
}

/** The operator's metrics, in a registry of its own. Those that have a pipeline's name in a label are few; there may be thousands of pipelines. */
export class OperatorMetrics {
  readonly registry = new Registry()
  readonly reconcileSeconds = new Histogram({
    name: 'mp_operator_reconcile_duration_seconds',
    help: 'Duration of a reconcile, by what it was about',
    labelNames: ['subject'],
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  })
  readonly #reconcileErrors = this.#counter(
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
  readonly #suspended = this.#gauge(
    'mp_operator_suspended',
    'Whether a pipeline is suspended: 1, or 0. Its exporter and its workers are not told',
    FLEET,
  )
  readonly #targetLatency = this.#gauge(
    'mp_operator_target_latency_seconds',
    'How old the oldest entry of a pipeline may become, by spec.workers.scaling.targetLatency',
    FLEET,
  )
  readonly #compositeMaxStale = this.#gauge(
    'mp_operator_composite_max_stale_seconds',
    'How old the composite of a pipeline may become, by spec.composite; absent where it has none, and with EventBased',
    FLEET,
  )
  readonly #replicas = this.#gauge('mp_operator_autoscaler_replicas', 'Workers that a pipeline is to have', FLEET)
  readonly #wanted = this.#gauge(
    'mp_operator_autoscaler_wanted',
    'Workers that the load of a pipeline alone asks for, before bounds and waiting',
    FLEET,
  )
  readonly #reason = this.#gauge(
    'mp_operator_autoscaler_reason',
    'Why a pipeline is to have as many workers as it is: 1 for the reason that holds',
    [...FLEET, 'reason'],
  )
  readonly lastReconcile = this.#gauge(
    'mp_operator_last_reconcile_timestamp_seconds',
    'When a reconcile succeeded last, as seconds since 1970',
  )

  constructor() {
    collectProcessMetrics(this.registry)
    this.isLeader.set(0)
    for (const subject of SUBJECTS) this.reconcileSeconds.zero({ subject })
    for (const reason of [...ERRORS, OTHER]) this.#reconcileErrors.inc({ reason }, 0)
    for (const reason of SCALING_REASONS) this.scalingDecisions.inc({ reason }, 0)
    for (const direction of ['up', 'down'] as const) this.scalings.inc({ direction }, 0)
  }

  /** By its kind, of which there are few, whoever throws what. */
  countError(error: unknown): void {
    const name = error instanceof Error ? error.name : OTHER
    this.#reconcileErrors.inc({ reason: ERRORS.has(name) ? name : OTHER })
  }

  async expose(seen: OperatorSeen): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#queueDepth.set(seen.queued)
    this.#failing.set(seen.failing)
    for (const ready of READY) this.#pipelines.set({ ready }, seen.ready.filter((each) => each === ready).length)
    this.#setFleets(seen.fleets)
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }

  #setFleets(fleets: OperatorSeen['fleets']): void {
    const ofSpec = [this.#suspended, this.#targetLatency, this.#compositeMaxStale]
    const gauges = [...ofSpec, this.#replicas, this.#wanted, this.#reason]
    for (const gauge of gauges) gauge.reset() // of pipelines that are gone
    for (const { namespace, pipeline, isSuspended, targetLatencyMs, compositeMaxStaleMs, scaling } of fleets) {
      const fleet = { namespace, pipeline }
      this.#suspended.set(fleet, Number(isSuspended))
      if (targetLatencyMs !== undefined) this.#targetLatency.set(fleet, targetLatencyMs / 1_000)
      if (compositeMaxStaleMs !== undefined) this.#compositeMaxStale.set(fleet, compositeMaxStaleMs / 1_000)
      if (scaling !== undefined) this.#setScaling(fleet, scaling)
    }
  }

  #setScaling(fleet: Record<(typeof FLEET)[number], string>, { replicas, wanted, reason }: FleetScaling): void {
    this.#replicas.set(fleet, replicas)
    if (wanted !== undefined) this.#wanted.set(fleet, wanted)
    this.#reason.set({ ...fleet, reason }, 1)
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }
}
