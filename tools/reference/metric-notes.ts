/** What a definition in code does not say of a metric. */
export interface MetricNote {
  readonly unit: string
  /** When it changes. */
  readonly moves: string
  /** Labels whose values do not exist from the start: what they may be. */
  readonly labels?: Readonly<Record<string, string>>
}

const note = (unit: string, moves: string, labels?: MetricNote['labels']): MetricNote =>
  labels === undefined ? { unit, moves } : { unit, moves, labels }

const OF_SOURCE = 'with each look at the source'
const OF_DATABASE = 'with each look at the database'
const OF_LOAD = 'with each look at either'
const OF_FILE = 'with the pipeline file'
const OF_RUNS = 'with the first look after a run moves on'
const OF_SCRAPE = 'with each scrape'
const SCOPE = { scope: 'pipeline, or a declared group and its value' }
const SCOPES = { pipeline: 'its name', ...SCOPE }
const FLEET = { namespace: 'of the pipeline', pipeline: 'its name' }

/** Every metric of this project, by name: the generator refuses one that is missing here, and one that is nowhere else. */
export const METRIC_NOTES: Readonly<Record<string, MetricNote>> = {
  mp_worker_entries_read_total: note('entries', 'when a batch is read'),
  mp_worker_entries_total: note('entries', 'when a batch is committed, or refused for its token'),
  mp_worker_dead_letters_total: note('entries', 'when a batch with such entries is committed'),
  mp_worker_entries_lost_total: note('entries', 'when pending entries turn out to be gone'),
  mp_worker_stream_faults_total: note('times', 'when a look at the streams finds entries gone'),
  mp_worker_entries_trimmed_total: note('entries', 'every 5 s, where streams are sharded'),
  mp_worker_read_retries_total: note('readings', 'when Redis does not answer, or refuses'),
  mp_worker_commit_retries_total: note('commits', 'when PostgreSQL refuses a commit for a cause of its own'),
  mp_worker_entities_evaluated_total: note('entities', 'when an evaluation is stored'),
  mp_worker_busy_seconds_total: note('seconds', 'once a second'),
  mp_worker_batch_entries: note('entries', 'when a batch is read'),
  mp_worker_stage_duration_seconds: note('seconds', 'when the stage ends'),
  mp_worker_freshness_seconds: note('seconds', 'when an evaluation is stored, once for each of its marks'),
  mp_worker_freshness_missed_total: note('evaluations', 'when such an evaluation is stored'),
  mp_worker_mark_age_seconds: note('seconds', 'when an evaluation is stored, once for each of its marks'),
  mp_worker_shards: note('shards', 'when a shard is taken or let go'),
  mp_worker_shards_lost_total: note('shards', 'when a commit or a renewal finds another owner'),
  mp_worker_marks: note('entities', 'once a second'),
  mp_worker_composite_gate_total: note('times', 'when the gate has answered, and when a calculation ends'),
  mp_worker_composite_calculation_seconds: note('seconds', 'when a calculation ends'),
  mp_worker_composite_value: note('points', 'when the gate has answered', SCOPE),
  mp_worker_composite_age_seconds: note('seconds', OF_SCRAPE, SCOPE),

  mp_exporter_look_duration_seconds: note('seconds', 'when a look ends'),
  mp_exporter_failed_looks_total: note('looks', 'when a look fails'),
  mp_exporter_reachable: note('0 or 1', OF_LOAD),
  mp_pipeline_dead_letters: note('entries', OF_DATABASE),
  mp_pipeline_composite_value: note('points', OF_DATABASE, SCOPES),
  mp_pipeline_composite_age_seconds: note('seconds', OF_DATABASE, SCOPES),
  mp_pipeline_freshness_objective_seconds: note('seconds', OF_FILE),
  mp_pipeline_aggregation_interval_seconds: note('seconds', OF_FILE),
  mp_pipeline_backlog_entries: note('entries', OF_SOURCE),
  mp_pipeline_pending_entries: note('entries', OF_SOURCE),
  mp_pipeline_stream_entries: note('entries', OF_SOURCE),
  mp_pipeline_oldest_entry_age_seconds: note('seconds', OF_SOURCE),
  mp_pipeline_arrivals_per_second: note('entries a second', OF_SOURCE),
  mp_pipeline_completions_per_second: note('entries a second', OF_DATABASE),
  mp_pipeline_worker_capacity_entries_per_second: note('entries a second', OF_DATABASE),
  mp_pipeline_demand_workers: note('workers', OF_LOAD),
  mp_pipeline_revision: note('number', 'when a worker puts a definition in force'),
  mp_pipeline_entities: note('entities', 'once a minute'),
  mp_pipeline_marks: note('entities', OF_DATABASE),
  mp_pipeline_oldest_mark_age_seconds: note('seconds', OF_DATABASE),
  mp_pipeline_overdue_next_changes: note('rows', OF_DATABASE),
  mp_pipeline_unresolved_references: note('references', OF_DATABASE),
  mp_pipeline_resolvable_references: note('references', OF_DATABASE),
  mp_pipeline_workers: note('workers', OF_DATABASE),
  mp_pipeline_shards: note('shards', OF_DATABASE),
  mp_pipeline_shards_without_owner: note('shards', OF_DATABASE),
  mp_pipeline_stream_faults: note('streams', 'when a worker finds one, or a backfill makes up for it'),
  mp_pipeline_last_aggregation_state: note('0 or 1', OF_RUNS),
  mp_pipeline_last_aggregation_start_timestamp_seconds: note('seconds since 1970', OF_RUNS),
  mp_pipeline_last_aggregation_end_timestamp_seconds: note('seconds since 1970', OF_RUNS),
  mp_pipeline_last_aggregation_entities: note('entities', OF_RUNS),
  mp_pipeline_last_aggregation_failures: note('entities', OF_RUNS),
  mp_pipeline_last_aggregation_compared: note('rows', OF_RUNS),
  mp_pipeline_last_aggregation_mismatches: note('rows', OF_RUNS),

  mp_operator_reconcile_duration_seconds: note('seconds', 'when a reconcile ends'),
  mp_operator_reconcile_errors_total: note('reconciles', 'when a reconcile fails'),
  mp_operator_api_requests_total: note('requests', 'when a request is answered, or will not be', {
    verb: 'get, list, watch, create, update, patch, delete',
    resource: 'what the operator asks for, such as deployments or deployments/scale',
    code: 'the status of HTTP, or none',
  }),
  mp_operator_autoscaler_decisions_total: note(
    'decisions',
    'when what an exporter says is decided upon, for each pipeline that follows its backlog',
  ),
  mp_operator_autoscaler_scalings_total: note('changes', 'when a number of workers is changed'),
  mp_operator_leader: note('0 or 1', 'when the lead is won or lost'),
  mp_operator_queue_depth: note('keys', OF_SCRAPE),
  mp_operator_failing: note('keys', OF_SCRAPE),
  mp_operator_pipelines: note('pipelines', OF_SCRAPE),
  mp_operator_suspended: note('0 or 1', OF_SCRAPE, FLEET),
  mp_operator_target_latency_seconds: note('seconds', OF_SCRAPE, FLEET),
  mp_operator_composite_max_stale_seconds: note('seconds', OF_SCRAPE, FLEET),
  mp_operator_autoscaler_replicas: note('workers', OF_SCRAPE, FLEET),
  mp_operator_autoscaler_wanted: note('workers', OF_SCRAPE, FLEET),
  mp_operator_autoscaler_reason: note('0 or 1', OF_SCRAPE, {
    ...FLEET,
    reason: 'one of [these](../how-to/autoscaling.md#reasons), or Fixed, External, NotDecided',
  }),
  mp_operator_last_reconcile_timestamp_seconds: note('seconds since 1970', 'when a reconcile succeeds'),
}
