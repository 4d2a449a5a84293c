import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { REJECTION_REASONS, type RejectionReason } from '../../core/events/rejection.ts'
import { STREAM_FAULT_KINDS } from '../../core/stream/stream-fault-kind.ts'
import { collectProcessMetrics } from './process-metrics.ts'

/**
 * What became of an entry; together they add up to the entries read. `fenced`: its shard had another owner by then, who commits it. Those that
 * were read and not committed before the process ended are in none; they are read again.
 */
export const OUTCOMES = ['persisted', 'marked', 'duplicate', 'stale', 'dead_lettered', 'ignored', 'fenced'] as const

export type Outcome = (typeof OUTCOMES)[number]

export type Stage = 'read' | 'parse' | 'commit' | 'acknowledge' | 'evaluate'

const STAGES: readonly Stage[] = ['read', 'parse', 'commit', 'acknowledge', 'evaluate']

/** Close above the usual bounds of the debounce, so that a quantile tells whether they hold. */
const FRESHNESS_BUCKETS = [
  0.002, 0.005, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 11, 15, 20, 31, 45, 61, 65, 90,
  120, 300, 900,
]
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
const SIZE_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/** A worker's metrics, in a registry of its own. Touched once per batch, never per event. */
export class WorkerMetrics {
  readonly registry = new Registry()
  readonly entriesRead = this.#counter(
    'mp_worker_entries_read_total',
    'Entries read from streams, redelivered ones included',
  )
  readonly entries = this.#counter('mp_worker_entries_total', 'Entries done with, by what became of them', ['outcome'])
  readonly deadLetters = this.#counter('mp_worker_dead_letters_total', 'Entries set aside, by reason', ['reason'])
  readonly entriesLost = this.#counter(
    'mp_worker_entries_lost_total',
    'Pending entries whose content was deleted from their stream',
  )
  readonly streamFaults = this.#counter(
    'mp_worker_stream_faults_total',
    'Times that entries were found to be gone from a stream before they were committed, by how that showed',
    ['kind'],
  )
  readonly entriesTrimmed = this.#counter(
    'mp_worker_entries_trimmed_total',
    "Entries removed from the pipeline's own streams after every consumer group was done with them",
  )
  readonly commitRetries = this.#counter('mp_worker_commit_retries_total', 'Commits tried again after a database error')
  readonly evaluated = this.#counter('mp_worker_entities_evaluated_total', 'Entities whose row was recomputed', [
    'cause',
  ])
  readonly busySeconds = this.#counter(
    'mp_worker_busy_seconds_total',
    'Seconds in which a batch or an evaluation was under way, or both; one that is not full counts for a part of its time',
  )
  readonly batchEntries = this.#histogram('mp_worker_batch_entries', 'Entries per batch', SIZE_BUCKETS)
  readonly stageSeconds = this.#histogram(
    'mp_worker_stage_duration_seconds',
    'Duration of a batch or evaluation by stage',
    DURATION_BUCKETS,
    ['stage'],
  )
  readonly freshness = this.#histogram(
    'mp_worker_freshness_seconds',
    'From publishing an event to its effect visible in the row',
    FRESHNESS_BUCKETS,
  )
  readonly freshnessMissed = this.#counter(
    'mp_worker_freshness_missed_total',
    'Evaluations that showed an event later after its publication than maxWait of the debounce and 30 s; none where history is replayed',
  )
  readonly markAge = this.#histogram(
    'mp_worker_mark_age_seconds',
    'Age of marks when they were taken for evaluation',
    FRESHNESS_BUCKETS,
  )
  readonly shards = this.#gauge('mp_worker_shards', 'Shards that this worker holds')
  readonly shardsLost = this.#counter(
    'mp_worker_shards_lost_total',
    'Shards that another worker took over before this one let them go',
  )
  readonly marks = this.#gauge('mp_worker_marks', 'Entities waiting for evaluation, in the whole pipeline')

  constructor() {
    collectProcessMetrics(this.registry)
    for (const outcome of OUTCOMES) this.entries.inc({ outcome }, 0) // a counter exists before its first event
    for (const reason of REJECTION_REASONS) this.deadLetters.inc({ reason }, 0)
    for (const kind of STREAM_FAULT_KINDS) this.streamFaults.inc({ kind }, 0)
    for (const cause of ['mark', 'next-change']) this.evaluated.inc({ cause }, 0)
    for (const stage of STAGES) this.stageSeconds.zero({ stage })
  }

  countRejections(reasons: ReadonlyMap<RejectionReason, number>): void {
    for (const [reason, count] of reasons) this.deadLetters.inc({ reason }, count)
  }

  async expose(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] })
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[] = [],
  ): Histogram<Label> {
    return new Histogram({ name, help, buckets, labelNames: [...labelNames], registers: [this.registry] })
  }
}
