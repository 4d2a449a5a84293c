import { type Dashboard, q } from './dashboard.ts'

const ALL = 'namespace=~"$namespace"'

const each = (series: string) => `max by (namespace, pipeline) (${series}{${ALL}})`
const most = (expr: string) => `topk(10, ${expr})`
const WHO = '{{namespace}}/{{pipeline}}'

/** All pipelines at a glance, worst first. */
export const pipelinesDashboard: Dashboard = {
  uid: 'metrics-pipelines',
  title: 'Metrics pipelines',
  description: 'All pipelines of the chosen namespaces. What is unknown is left out, and never shown as zero.',
  variables: [{ name: 'namespace', label: 'Namespace', series: 'mp_exporter_reachable', allowsAll: true }],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Pipelines',
          description: 'That an exporter looks at.',
          kind: 'number',
          unit: 'short',
          queries: [q('', `count(${each('mp_exporter_reachable')})`)],
        },
        {
          title: 'Suspended',
          description: 'On purpose: they read nothing.',
          kind: 'number',
          unit: 'short',
          queries: [q('', `sum(${each('mp_operator_suspended')})`)],
        },
        {
          title: 'Not reachable',
          description: 'Whose streams or whose database the exporter cannot look at. Nothing is known of these.',
          kind: 'number',
          unit: 'short',
          redFrom: 1,
          queries: [q('', `count(min by (namespace, pipeline) (mp_exporter_reachable{${ALL}}) == 0) or vector(0)`)],
        },
        {
          title: 'Rows at fault',
          description: 'By the last aggregation of each pipeline.',
          kind: 'number',
          unit: 'short',
          redFrom: 1,
          queries: [q('', `sum(${each('mp_pipeline_last_aggregation_mismatches')})`)],
        },
        {
          title: 'Alerts',
          description: 'That fire now.',
          kind: 'number',
          unit: 'short',
          redFrom: 1,
          queries: [q('', `count(ALERTS{alertname=~"MetricsPipeline.*",alertstate="firing",${ALL}}) or vector(0)`)],
        },
      ],
    },
    {
      title: 'Each pipeline',
      panels: [
        {
          title: 'Pipelines',
          description:
            'Backlog: entries not acknowledged. Oldest: seconds that the oldest of them has waited. Marks: entities waiting for evaluation.',
          kind: 'table',
          unit: 'short',
          queries: [
            q('Backlog', each('mp_pipeline_backlog_entries')),
            q('Oldest (s)', each('mp_pipeline_oldest_entry_age_seconds')),
            q('Entries/s', each('mp_pipeline_completions_per_second')),
            q('Workers', each('mp_pipeline_workers')),
            q('Marks', each('mp_pipeline_marks')),
            q(
              'Dead letters',
              `sum by (namespace, pipeline) (max by (namespace, pipeline, reason) (mp_pipeline_dead_letters{${ALL}}))`,
            ),
            q('Rows at fault', each('mp_pipeline_last_aggregation_mismatches')),
          ],
        },
      ],
    },
    {
      title: 'Load',
      panels: [
        {
          title: 'Entries that come in',
          description: 'The ten with most.',
          kind: 'areas',
          unit: 'cps',
          queries: [q(WHO, most(each('mp_pipeline_arrivals_per_second')))],
        },
        {
          title: 'Entries that are done',
          description: 'The ten with most.',
          kind: 'areas',
          unit: 'cps',
          queries: [q(WHO, most(each('mp_pipeline_completions_per_second')))],
        },
        {
          title: 'Workers',
          description: 'That are alive.',
          kind: 'areas',
          unit: 'short',
          queries: [q(WHO, most(each('mp_pipeline_workers')))],
        },
      ],
    },
    {
      title: 'Behind',
      panels: [
        {
          title: 'Age of the oldest entry',
          description: 'The ten oldest.',
          kind: 'lines',
          unit: 's',
          queries: [q(WHO, most(each('mp_pipeline_oldest_entry_age_seconds')))],
        },
        {
          title: 'Age of the oldest mark',
          description: 'How long an entity has waited for its evaluation. The ten oldest.',
          kind: 'lines',
          unit: 's',
          queries: [q(WHO, most(each('mp_pipeline_oldest_mark_age_seconds')))],
        },
        {
          title: 'Freshness, 99 of 100',
          description: 'From publishing an event to its effect in the row, debounce included.',
          kind: 'lines',
          unit: 's',
          queries: [
            q(
              WHO,
              most(
                `histogram_quantile(0.99, sum by (namespace, pipeline, le) (rate(mp_worker_freshness_seconds_bucket{${ALL}}[$__rate_interval])))`,
              ),
            ),
          ],
        },
      ],
    },
  ],
}
