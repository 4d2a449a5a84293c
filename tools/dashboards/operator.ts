import { type Dashboard, q } from './dashboard.ts'

const rate = (series: string) => `rate(${series}[$__rate_interval])`
const OF_OPERATOR = 'and on (namespace, pod) mp_operator_leader'

/** The operator and the exporters beside it. */
export const operatorDashboard: Dashboard = {
  uid: 'metrics-pipeline-operator',
  title: 'Metrics pipeline operator',
  description: 'Whether the operator keeps up, what it asks the API server for, and how exporters do.',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Leaders',
          description: 'One leads; others stand by.',
          kind: 'number',
          unit: 'short',
          queries: [q('', 'sum(mp_operator_leader)')],
        },
        {
          title: 'Queue',
          description: 'Pipelines and exporters that wait.',
          kind: 'number',
          unit: 'short',
          queries: [q('', 'sum(mp_operator_queue_depth)')],
        },
        {
          title: 'Failing',
          description: 'Whose last reconcile failed.',
          kind: 'number',
          unit: 'short',
          redFrom: 1,
          queries: [q('', 'sum(mp_operator_failing)')],
        },
        {
          title: 'Last reconcile',
          description: 'When one succeeded last.',
          kind: 'number',
          unit: 'dateTimeFromNow',
          queries: [q('', '1000 * max(mp_operator_last_reconcile_timestamp_seconds)')],
        },
      ],
    },
    {
      title: 'Reconciling',
      panels: [
        {
          title: 'Pipelines',
          description: 'By what their condition Ready says.',
          kind: 'areas',
          unit: 'short',
          queries: [q('{{ready}}', 'max by (ready) (mp_operator_pipelines)')],
        },
        {
          title: 'Reconciles',
          description: 'A second.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{subject}}', `sum by (subject) (${rate('mp_operator_reconcile_duration_seconds_count')})`)],
        },
        {
          title: 'Duration, 99 of 100',
          description: 'Of a reconcile.',
          kind: 'lines',
          unit: 's',
          queries: [
            q(
              '{{subject}}',
              `histogram_quantile(0.99, sum by (subject, le) (${rate('mp_operator_reconcile_duration_seconds_bucket')}))`,
            ),
          ],
        },
        {
          title: 'Errors',
          description: 'Tried again after ever longer times.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{reason}}', `sum by (reason) (${rate('mp_operator_reconcile_errors_total')}) > 0`)],
        },
      ],
    },
    {
      title: 'API server',
      panels: [
        {
          title: 'Requests',
          description: 'By verb. At rest there are next to none but watches.',
          kind: 'areas',
          unit: 'reqps',
          queries: [q('{{verb}}', `sum by (verb) (${rate('mp_operator_api_requests_total')})`)],
        },
        {
          title: 'Writes',
          description: 'What is written, and how often.',
          kind: 'areas',
          unit: 'reqps',
          queries: [
            q(
              '{{verb}} {{resource}}',
              `sum by (verb, resource) (rate(mp_operator_api_requests_total{verb=~"create|update|patch|delete"}[$__rate_interval]))`,
            ),
          ],
        },
        {
          title: 'Answers',
          description: '429: the API server holds the operator back. none: it did not answer.',
          kind: 'areas',
          unit: 'reqps',
          queries: [q('{{code}}', `sum by (code) (${rate('mp_operator_api_requests_total')})`)],
        },
      ],
    },
    {
      title: 'Autoscaling',
      panels: [
        {
          title: 'Workers',
          description: 'That all pipelines are to have.',
          kind: 'areas',
          unit: 'short',
          queries: [
            q('{{namespace}}', 'sum by (namespace) (max by (namespace, pipeline) (mp_operator_autoscaler_replicas))'),
          ],
        },
        {
          title: 'Decisions',
          description: 'By their reason.',
          kind: 'areas',
          unit: 'cps',
          queries: [q('{{reason}}', `sum by (reason) (${rate('mp_operator_autoscaler_decisions_total')}) > 0`)],
        },
        {
          title: 'Changes of a number',
          description: 'Up and down.',
          kind: 'lines',
          unit: 'cps',
          queries: [q('{{direction}}', `sum by (direction) (${rate('mp_operator_autoscaler_scalings_total')})`)],
        },
      ],
    },
    {
      title: 'Exporters',
      panels: [
        {
          title: 'Duration of a look, 99 of 100',
          description: 'At a source or a database.',
          kind: 'lines',
          unit: 's',
          queries: [
            q(
              '{{namespace}} {{part}}',
              `histogram_quantile(0.99, sum by (namespace, part, le) (${rate('mp_exporter_look_duration_seconds_bucket')}))`,
            ),
          ],
        },
        {
          title: 'Failed looks',
          description: 'By reason.',
          kind: 'areas',
          unit: 'cps',
          queries: [
            q(
              '{{namespace}} {{part}} {{reason}}',
              `sum by (namespace, part, reason) (${rate('mp_exporter_failed_looks_total')}) > 0`,
            ),
          ],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Memory',
          description: 'Of each operator.',
          kind: 'lines',
          unit: 'bytes',
          queries: [q('{{pod}}', `process_resident_memory_bytes ${OF_OPERATOR}`)],
        },
        {
          title: 'Processor',
          description: 'Cores that each operator uses.',
          kind: 'lines',
          unit: 'short',
          queries: [q('{{pod}}', `${rate('process_cpu_seconds_total')} ${OF_OPERATOR}`)],
        },
        {
          title: 'Lag of the event loop',
          description: 'Of each operator.',
          kind: 'lines',
          unit: 's',
          queries: [q('{{pod}}', `nodejs_eventloop_lag_p99_seconds ${OF_OPERATOR}`)],
        },
      ],
    },
  ],
}
