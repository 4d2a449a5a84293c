import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { REJECTION_REASONS } from '../../core/events/rejection.ts'
import { isAlive } from '../../core/signals/is-alive.ts'
import type {
  AggregationSignals,
  CompositeSignals,
  DatabaseSignals,
  SignalsWithDemand,
  SourceSignals,
  Unreachable,
} from '../../core/signals/pipeline-signals.ts'
import { collectProcessMetrics } from './process-metrics.ts'

/** What of a pipeline is looked at by itself. */
export type Part = 'source' | 'database'

/** In which way a look failed. */
export type FailureReason = 'no-connection' | 'unreachable' | 'refused' | 'timed-out' | 'failed'

export const PARTS: readonly Part[] = ['source', 'database']
export const FAILURE_REASONS: readonly FailureReason[] = [
  'no-connection',
  'unreachable',
  'refused',
  'timed-out',
  'failed',
]

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

const AGGREGATION_STATES: readonly AggregationSignals['state'][] = ['running', 'interrupted', 'failed', 'succeeded']

/** What a pipeline is meant to do: what is seen of it is held against this. */
export interface PipelineAims {
  /** How soon after its publication an event is to show in its row. */
  readonly freshnessObjectiveMs: number
  /** The longest time between two daily aggregations. */
  readonly aggregationIntervalMs: number
}

/** What can be said of a pipeline, from the signals of one of its parts; undefined where the number is unknown. */
type Figure<Signals> = readonly [name: string, help: string, read: (signals: Signals) => number | null | undefined]

const OF_AIMS: readonly Figure<PipelineAims>[] = [
  [
    'mp_pipeline_freshness_objective_seconds',
    'How soon after its publication an event is to show in its row: maxWait of the debounce, and 30 s',
    ({ freshnessObjectiveMs }) => freshnessObjectiveMs / 1_000,
  ],
  [
    'mp_pipeline_aggregation_interval_seconds',
    'Longest time from a day with a daily aggregation to the next one, by spec.aggregation.schedule',
    ({ aggregationIntervalMs }) => aggregationIntervalMs / 1_000,
  ],
]

const OF_SOURCE: readonly Figure<SourceSignals>[] = [
  [
    'mp_pipeline_backlog_entries',
    'Entries not acknowledged yet: undelivered and pending ones',
    ({ backlog }) => backlog,
  ],
  ['mp_pipeline_pending_entries', 'Entries delivered and not acknowledged', ({ pending }) => pending],
  [
    'mp_pipeline_stream_entries',
    'Entries that the streams hold, acknowledged ones included',
    ({ streams }) => streams.reduce((sum, { length }) => sum + length, 0),
  ],
  [
    'mp_pipeline_oldest_entry_age_seconds',
    'Age of the oldest entry not acknowledged; 0 when there is none',
    ({ oldestEventAgeMs, backlog }) =>
      oldestEventAgeMs === null ? (backlog === 0 ? 0 : null) : oldestEventAgeMs / 1_000,
  ],
]

const OF_LOAD: readonly Figure<SignalsWithDemand>[] = [
  [
    'mp_pipeline_arrivals_per_second',
    'Entries that producers add, smoothed: quick to rise, slow to fall',
    ({ load }) => load.arrivalsPerSecond,
  ],
  [
    'mp_pipeline_completions_per_second',
    'Entries that all workers together get done, smoothed',
    ({ load }) => load.completionsPerSecond,
  ],
  [
    'mp_pipeline_worker_capacity_entries_per_second',
    'Entries that one worker gets done in a second of its busy time',
    ({ load }) => load.capacityPerWorker,
  ],
  [
    'mp_pipeline_demand_workers',
    'Workers, as a fraction, that it takes to keep up with arrivals and to have the backlog done within 30 s; above 0 while anything is left to do',
    ({ demand }) => demand,
  ],
]

const OF_DATABASE: readonly Figure<DatabaseSignals>[] = [
  ['mp_pipeline_revision', 'The revision in force', ({ revision }) => revision],
  ['mp_pipeline_entities', 'Entities with a row that has facts, counted once a minute', ({ entities }) => entities],
  ['mp_pipeline_marks', 'Entities waiting for evaluation', ({ marks }) => marks],
  [
    'mp_pipeline_oldest_mark_age_seconds',
    'How long the longest waiting entity has waited for evaluation; 0 when none waits',
    ({ oldestMarkAgeMs }) => (oldestMarkAgeMs ?? 0) / 1_000,
  ],
  [
    'mp_pipeline_overdue_next_changes',
    'Rows that should have changed without an event and did not',
    ({ overdueNextChanges }) => overdueNextChanges,
  ],
  [
    'mp_pipeline_unresolved_references',
    'References to facts that have not come',
    ({ unresolvedReferences }) => unresolvedReferences,
  ],
  [
    'mp_pipeline_resolvable_references',
    'Unresolved references to facts that have come by now, whose entities are not marked yet',
    ({ resolvableReferences }) => resolvableReferences,
  ],
  [
    'mp_pipeline_workers',
    'Workers that gave a sign of life in the last 5 seconds',
    ({ members }) => members.filter(isAlive).length,
  ],
  ['mp_pipeline_shards', 'Shards of a sharded source', ({ shards }) => shards.length],
  [
    'mp_pipeline_shards_without_owner',
    'Shards that nobody reads',
    ({ shards }) => shards.filter(({ owner }) => owner === null).length,
  ],
  [
    'mp_pipeline_stream_faults',
    'Open faults of streams: entries are lost until a backfill',
    ({ streamFaults }) => streamFaults.length,
  ],
]

const OF_AGGREGATION: readonly Figure<AggregationSignals>[] = [
  [
    'mp_pipeline_last_aggregation_start_timestamp_seconds',
    'When the last daily aggregation was begun',
    ({ startedAt }) => Date.parse(startedAt) / 1_000,
  ],
  [
    'mp_pipeline_last_aggregation_end_timestamp_seconds',
    'When the last daily aggregation ended; absent while it runs',
    ({ finishedAt }) => (finishedAt === null ? null : Date.parse(finishedAt) / 1_000),
  ],
  [
    'mp_pipeline_last_aggregation_entities',
    'Entities that the last daily aggregation wrote',
    ({ successful }) => successful,
  ],
  [
    'mp_pipeline_last_aggregation_failures',
    'Entities that the last daily aggregation could not compute',
    ({ failed }) => failed,
  ],
  [
    'mp_pipeline_last_aggregation_compared',
    'Rows that the last daily aggregation compared with their recomputation',
    ({ compared }) => compared,
  ],
  [
    'mp_pipeline_last_aggregation_mismatches',
    'Rows at fault by the last daily aggregation: unlike their recomputation, missing, or overdue',
    ({ mismatches }) => mismatches,
  ],
]

/** The exporter's metrics, in a registry of its own: what it saw of each pipeline when it last looked. A number that is unknown is absent. */
export class ExporterMetrics {
  readonly registry = new Registry()
  readonly lookSeconds = new Histogram({
    name: 'mp_exporter_look_duration_seconds',
    help: 'Duration of a look at a part of a pipeline',
    labelNames: ['part'],
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  })
  readonly #failures = new Counter({
    name: 'mp_exporter_failed_looks_total',
    help: 'Looks at a part of a pipeline that failed, by reason',
    labelNames: ['pipeline', 'part', 'reason'],
    registers: [this.registry],
  })
  readonly #reachable = this.#gauge('mp_exporter_reachable', 'Whether the last look at a part of a pipeline worked', [
    'part',
  ])
  readonly #deadLetters = this.#gauge('mp_pipeline_dead_letters', 'Entries set aside and not replayed yet, by reason', [
    'reason',
  ])
  readonly #compositeValue = this.#gauge('mp_pipeline_composite_value', 'The score as it stands; none without data', [
    'scope',
  ])
  readonly #compositeAge = this.#gauge('mp_pipeline_composite_age_seconds', 'How long ago the score is as of', [
    'scope',
  ])
  readonly #aggregationState = this.#gauge(
    'mp_pipeline_last_aggregation_state',
    'How the last daily aggregation stands: 1 for the state that it is in',
    ['state'],
  )
  readonly #gauges = new Map(
    [...OF_AIMS, ...OF_SOURCE, ...OF_LOAD, ...OF_DATABASE, ...OF_AGGREGATION].map(([name, help]) => [
      name,
      this.#gauge(name, help),
    ]),
  )

  constructor() {
    collectProcessMetrics(this.registry)
    for (const part of PARTS) this.lookSeconds.zero({ part })
  }

  countFailure(pipeline: string, part: Part, reason: FailureReason): void {
    this.#failures.inc({ pipeline, part, reason })
  }

  /** Of a pipeline that is gone nothing is told any longer. */
  forget(pipeline: string): void {
    for (const part of PARTS) for (const reason of FAILURE_REASONS) this.#failures.remove({ pipeline, part, reason })
  }

  /** What was seen of each pipeline, and what each is meant to do, by name. */
  async expose(
    pipelines: ReadonlyMap<string, SignalsWithDemand>,
    aims: ReadonlyMap<string, PipelineAims>,
  ): Promise<{ contentType: string; body: string }> {
    const ofEach = [
      this.#reachable,
      this.#deadLetters,
      this.#aggregationState,
      this.#compositeValue,
      this.#compositeAge,
    ]
    for (const gauge of [...ofEach, ...this.#gauges.values()]) gauge.reset()
    for (const [pipeline, its] of aims) this.#tell(pipeline, OF_AIMS, its)
    for (const [pipeline, signals] of pipelines) {
      const { source, database } = signals
      this.#tell(pipeline, OF_LOAD, signals)
      if (this.#isSeen(pipeline, 'source', source)) this.#tell(pipeline, OF_SOURCE, source)
      if (this.#isSeen(pipeline, 'database', database)) this.#tellDatabase(pipeline, database)
    }
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }

  #isSeen<Signals extends object>(pipeline: string, part: Part, seen: Signals | Unreachable): seen is Signals {
    const isSeen = !('unreachable' in seen)
    this.#reachable.set({ pipeline, part }, isSeen ? 1 : 0)
    for (const reason of FAILURE_REASONS) this.#failures.inc({ pipeline, part, reason }, 0)
    return isSeen
  }

  #tellDatabase(pipeline: string, database: DatabaseSignals): void {
    if (!database.migrated) return
    this.#tell(pipeline, OF_DATABASE, database)
    if (database.lastAggregation !== null) this.#tellAggregation(pipeline, database.lastAggregation)
    for (const composite of database.composites) this.#tellComposite(pipeline, composite)
    for (const reason of REJECTION_REASONS)
      this.#deadLetters.set({ pipeline, reason }, database.deadLetters[reason] ?? 0)
  }

  #tellComposite(pipeline: string, { scope, value, ageMs }: CompositeSignals): void {
    this.#compositeAge.set({ pipeline, scope }, ageMs / 1_000)
    if (value !== null) this.#compositeValue.set({ pipeline, scope }, Number(value))
  }

  #tellAggregation(pipeline: string, aggregation: AggregationSignals): void {
    this.#tell(pipeline, OF_AGGREGATION, aggregation)
    for (const state of AGGREGATION_STATES)
      this.#aggregationState.set({ pipeline, state }, Number(state === aggregation.state))
  }

  #tell<Signals>(pipeline: string, figures: readonly Figure<Signals>[], signals: Signals): void {
    for (const [name, , read] of figures) {
      const value = read(signals)
      if (value !== null && value !== undefined) this.#gauges.get(name)?.set({ pipeline }, value)
    }
  }

  #gauge<Label extends string>(name: string, help: string, further: readonly Label[] = []): Gauge<'pipeline' | Label> {
    return new Gauge({ name, help, labelNames: ['pipeline', ...further], registers: [this.registry] })
  }
}
