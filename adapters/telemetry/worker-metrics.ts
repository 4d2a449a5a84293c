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

/**
 * What became of asking a composite's gate, and then of what it granted: each one that was granted is in the end committed, refused by
 * PostgreSQL, lost with its lease, or failed.
 */
export const GATE_OUTCOMES = [
  'early',
  'busy',
  'seeded',
  'unreachable',
  'granted',
  'committed',
  'refused',
  'lost',
  'failed',
] as const

export type GateCount = (typeof GATE_OUTCOMES)[number]

/** A composite as a worker knows it. */
export interface CompositeSample {
  readonly scope: string
  /** Null where there was no data. */
  readonly value: string | null
  readonly ageMs: number
}

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
  readonly readRetries = this.#counter('mp_worker_read_retries_total', 'Readings tried again after an error of Redis')
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
  readonly compositeGate = this.#counter(
    'mp_worker_composite_gate_total',
    "Answers of the composite's gate, and what became of the calculations that it granted",
    ['outcome'],
  )
  readonly compositeSeconds = this.#histogram(
    'mp_worker_composite_calculation_seconds',
    'Duration of the calculation of a composite',
    DURATION_BUCKETS,
  )
  #composites: () => Iterable<CompositeSample> = () => []

  constructor() {
    collectProcessMetrics(this.registry)
    for (const outcome of OUTCOMES) this.entries.inc({ outcome }, 0) // a counter exists before its first event
    for (const reason of REJECTION_REASONS) this.deadLetters.inc({ reason }, 0)
    for (const kind of STREAM_FAULT_KINDS) this.streamFaults.inc({ kind }, 0)
    for (const cause of ['mark', 'next-change']) this.evaluated.inc({ cause }, 0)
    for (const stage of STAGES) this.stageSeconds.zero({ stage })
    for (const outcome of GATE_OUTCOMES) this.compositeGate.inc({ outcome }, 0)
    this.#compositeGauge(
      'mp_worker_composite_value',
      'The composite as it stands; none without data',
      ({ value }) => value,
    )
    this.#compositeGauge(
      'mp_worker_composite_age_seconds',
      'How old the composite is: since its calculation began',
      ({ ageMs }) => ageMs / 1_000,
    )
  }

  /** Whom to ask for the composites when they are scraped: an age grows by itself. */
  showComposites(read: () => Iterable<CompositeSample>): void {
    this.#composites = read
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

  #compositeGauge(name: string, help: string, read: (sample: CompositeSample) => number | string | null): void {
    const samples = () => this.#composites()
    new Gauge({
      name,
      help,
      labelNames: ['scope'],
      registers: [this.registry],
      collect() {
        this.reset()
        for (const sample of samples()) {
          const value = read(sample)
          if (value !== null) this.set({ scope: sample.scope }, Number(value))
        }
      },
    })
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
