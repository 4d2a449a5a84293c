import { type Dashboard, type Query, q } from './dashboard.ts'

const ONE = 'namespace="$namespace",pipeline="$pipeline"'

/** Whoever tells it: while an exporter is replaced, two tell the same. */
const told = (legend: string, series: string, more = ''): Query => q(legend, `max(${series}{${ONE}${more}})`)
const rate = (series: string, more = '') => `rate(${series}{${ONE}${more}}[$__rate_interval])`
const quantile = (share: number, series: string) =>
  q(`${share * 100} %`, `histogram_quantile(${share}, sum by (le) (${rate(`${series}_bucket`)}))`)

/** Everything that is known of one pipeline. */
export const pipelineDashboard: Dashboard = {
  uid: 'metrics-pipeline',
  title: 'Metrics pipeline',
  description:
    'One pipeline: what comes in, what waits, how fresh its rows are, what its workers do. What is unknown is left out.',
  variables: [
    { name: 'namespace', label: 'Namespace', series: 'mp_exporter_reachable', allowsAll: false },
    { name: 'pipeline', label: 'Pipeline', series: 'mp_exporter_reachable{namespace="$namespace"}', allowsAll: false },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Backlog',
          description: 'Entries not acknowledged yet.',
          kind: 'number',
          unit: 'short',
          queries: [told('', 'mp_pipeline_backlog_entries')],
        },
        {
          title: 'Oldest entry',
          description: 'How long it has waited.',
          kind: 'number',
          unit: 's',
          queries: [told('', 'mp_pipeline_oldest_entry_age_seconds')],
        },
        {
          title: 'Workers',
          description: 'That are alive.',
          kind: 'number',
          unit: 'short',
          queries: [told('', 'mp_pipeline_workers')],
        },
        {
          title: 'Reachable',
          description: 'Whether the exporter sees the streams and the database.',
          kind: 'number',
          unit: 'short',
          queries: [q('{{part}}', `max by (part) (mp_exporter_reachable{${ONE}})`)],
        },
        {
          title: 'Rows at fault',
          description: 'By the last aggregation.',
          kind: 'number',
          unit: 'short',
          redFrom: 1,
          queries: [told('', 'mp_pipeline_last_aggregation_mismatches')],
        },
        {
          title: 'Last aggregation',
          description: 'When it began.',
          kind: 'number',
          unit: 'dateTimeFromNow',
          queries: [q('', `1000 * max(mp_pipeline_last_aggregation_start_timestamp_seconds{${ONE}})`)],
        },
      ],
    },
    {
      title: 'Throughput',
      panels: [
        {
          title: 'Entries a second',
          description: 'What producers add, and what all workers get done.',
          kind: 'lines',
          unit: 'cps',
          queries: [
            told('come in', 'mp_pipeline_arrivals_per_second'),
            told('done', 'mp_pipeline_completions_per_second'),
          ],
        },
        {
          title: 'What became of entries',
          description:
            'Duplicates are normal after a restart or a retry. Fenced: another worker has the shard, and commits them.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{outcome}}', `sum by (outcome) (${rate('mp_worker_entries_total')})`)],
        },
        {
          title: 'Entries in a batch',
          description: 'Large ones are what a fleet under load reads; small ones mean that it keeps up.',
          kind: 'lines',
          unit: 'short',
          queries: [quantile(0.5, 'mp_worker_batch_entries'), quantile(0.99, 'mp_worker_batch_entries')],
        },
      ],
    },
    {
      title: 'Behind',
      panels: [
        {
          title: 'Entries that wait',
          description: 'Undelivered and pending ones together, and the pending ones of these.',
          kind: 'lines',
          unit: 'short',
          queries: [told('backlog', 'mp_pipeline_backlog_entries'), told('pending', 'mp_pipeline_pending_entries')],
        },
        {
          title: 'Age of the oldest entry',
          description: 'Above the target latency the autoscaler adds workers.',
          kind: 'lines',
          unit: 's',
          queries: [
            told('oldest', 'mp_pipeline_oldest_entry_age_seconds'),
            told('target', 'mp_operator_target_latency_seconds'),
          ],
        },
        {
          title: 'Entities that wait for evaluation',
          description: 'Marks, and references to facts that have come by now.',
          kind: 'lines',
          unit: 'short',
          queries: [
            told('marks', 'mp_pipeline_marks'),
            told('resolvable references', 'mp_pipeline_resolvable_references'),
            told('overdue rows', 'mp_pipeline_overdue_next_changes'),
          ],
        },
      ],
    },
    {
      title: 'Freshness',
      panels: [
        {
          title: 'From publishing an event to its row',
          description: 'Debounce included.',
          kind: 'lines',
          unit: 's',
          queries: [
            quantile(0.5, 'mp_worker_freshness_seconds'),
            quantile(0.99, 'mp_worker_freshness_seconds'),
            told('objective', 'mp_pipeline_freshness_objective_seconds'),
          ],
        },
        {
          title: 'Late evaluations',
          description: 'The share that showed an event later than the objective.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [
            q(
              'late',
              `sum(${rate('mp_worker_freshness_missed_total')}) / sum(${rate('mp_worker_freshness_seconds_count')})`,
            ),
          ],
        },
        {
          title: 'Age of marks when taken',
          description: 'Not above maxWait while evaluation keeps up.',
          kind: 'lines',
          unit: 's',
          queries: [
            quantile(0.5, 'mp_worker_mark_age_seconds'),
            quantile(0.99, 'mp_worker_mark_age_seconds'),
            told('oldest now', 'mp_pipeline_oldest_mark_age_seconds'),
          ],
        },
      ],
    },
    {
      title: 'Workers',
      panels: [
        {
          title: 'How many',
          description: 'Alive, asked for, and what the load alone asks for.',
          kind: 'lines',
          unit: 'short',
          queries: [
            told('alive', 'mp_pipeline_workers'),
            told('asked for', 'mp_operator_autoscaler_replicas'),
            told('wanted by the load', 'mp_operator_autoscaler_wanted'),
          ],
        },
        {
          title: 'Why so many',
          description: 'The reason that holds; mp explain tells it in words.',
          kind: 'areas',
          unit: 'short',
          queries: [q('{{reason}}', `max by (reason) (mp_operator_autoscaler_reason{${ONE}})`)],
        },
        {
          title: 'Busy',
          description: 'The share of its time in which a worker has a batch or an evaluation in hand.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [q('{{pod}}', `sum by (pod) (${rate('mp_worker_busy_seconds_total')})`)],
        },
        {
          title: 'What the time goes into',
          description: 'Seconds a second, of all workers. Reading includes waiting for entries.',
          kind: 'areas',
          unit: 'short',
          queries: [q('{{stage}}', `sum by (stage) (${rate('mp_worker_stage_duration_seconds_sum')})`)],
        },
      ],
    },
    {
      title: 'Evaluation and daily runs',
      panels: [
        {
          title: 'Entities evaluated',
          description: 'For an event, or because a window moved on.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{cause}}', `sum by (cause) (${rate('mp_worker_entities_evaluated_total')})`)],
        },
        {
          title: 'Entities',
          description: 'With a row that has facts, and those of the last aggregation.',
          kind: 'lines',
          unit: 'short',
          queries: [
            told('entities', 'mp_pipeline_entities'),
            told('aggregated', 'mp_pipeline_last_aggregation_entities'),
            told('failed', 'mp_pipeline_last_aggregation_failures'),
            told('compared', 'mp_pipeline_last_aggregation_compared'),
          ],
        },
        {
          title: 'State of the last aggregation',
          description: 'Running, interrupted, failed or succeeded.',
          kind: 'areas',
          unit: 'short',
          queries: [q('{{state}}', `max by (state) (mp_pipeline_last_aggregation_state{${ONE}})`)],
        },
      ],
    },
    {
      title: 'Composite',
      panels: [
        {
          title: 'Score',
          description: 'Of all entities together, and of each group. None without data.',
          kind: 'lines',
          unit: 'short',
          queries: [q('{{scope}}', `max by (scope) (mp_pipeline_composite_value{${ONE}})`)],
        },
        {
          title: 'Age of the score',
          description: 'Not above maxStale while a worker is there.',
          kind: 'lines',
          unit: 's',
          queries: [
            q('{{scope}}', `max by (scope) (mp_pipeline_composite_age_seconds{${ONE}})`),
            told('maxStale', 'mp_operator_composite_max_stale_seconds'),
          ],
        },
        {
          title: 'What became of it',
          description:
            'Answers of the gate, and of PostgreSQL to what was calculated. Early and busy are as they should be.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{outcome}}', `sum by (outcome) (${rate('mp_worker_composite_gate_total')})`)],
        },
      ],
    },
    {
      title: 'Trouble',
      panels: [
        {
          title: 'Dead letters',
          description: 'Set aside and not replayed yet, by reason.',
          kind: 'areas',
          unit: 'short',
          queries: [q('{{reason}}', `max by (reason) (mp_pipeline_dead_letters{${ONE}}) > 0`)],
        },
        {
          title: 'Tried again, shards lost',
          description:
            'Redis did not answer a reading; PostgreSQL refused a commit for a cause of its own; or another worker had the shard by then.',
          kind: 'lines',
          unit: 'cps',
          queries: [
            q('readings tried again', `sum(${rate('mp_worker_read_retries_total')})`),
            q('commits tried again', `sum(${rate('mp_worker_commit_retries_total')})`),
            q('shards lost', `sum(${rate('mp_worker_shards_lost_total')})`),
          ],
        },
        {
          title: 'Shards',
          description: 'Held by each worker, and those that nobody reads.',
          kind: 'areas',
          unit: 'short',
          queries: [
            q('{{pod}}', `sum by (pod) (mp_worker_shards{${ONE}})`),
            told('nobody', 'mp_pipeline_shards_without_owner'),
          ],
        },
        {
          title: 'Streams that lost entries',
          description: 'Until a backfill.',
          kind: 'lines',
          unit: 'short',
          queries: [
            told('streams', 'mp_pipeline_stream_faults'),
            q('entries', `sum(increase(mp_worker_entries_lost_total{${ONE}}[$__rate_interval]))`),
          ],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Memory',
          description: 'Of each worker.',
          kind: 'lines',
          unit: 'bytes',
          queries: [q('{{pod}}', `process_resident_memory_bytes{${ONE}}`)],
        },
        {
          title: 'Processor',
          description: 'Cores that each worker uses.',
          kind: 'lines',
          unit: 'short',
          queries: [q('{{pod}}', rate('process_cpu_seconds_total'))],
        },
        {
          title: 'Lag of the event loop',
          description: 'A worker that is held up here renews its leases late.',
          kind: 'lines',
          unit: 's',
          queries: [q('{{pod}}', `nodejs_eventloop_lag_p99_seconds{${ONE}}`)],
        },
      ],
    },
  ],
}
