import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCALING_REASONS, type ScalingReason } from '../../core/autoscaling/scaling-decision.ts'
import { scalingActive } from '../../core/operator/conditions/scaling-active.ts'
import { AlertRules, type InputSeries } from '../support/cluster/alert-rules.ts'
import { docTable } from '../support/doc-table.ts'
import { askedInVain, knownMetrics } from '../support/known-metrics.ts'

/** By the metric, with `/1` for that of a second pod and `{...}` for further labels; undefined takes one away. In promtool's words. */
type Series = Readonly<Record<string, string | undefined>>

let rules: AlertRules
let ofOperator: AlertRules

beforeAll(async () => {
  rules = await AlertRules.rendered('operator-metrics-pipeline-operator-pipelines')
  ofOperator = await AlertRules.rendered('operator-metrics-pipeline-operator')
})
afterAll(async () => {
  await rules[Symbol.asyncDispose]()
  await ofOperator[Symbol.asyncDispose]()
})

/** Who tells what, as Prometheus labels it. */
const JOBS = [
  [/^mp_worker_/, 'orders-worker'],
  [/^mp_operator_/, 'operator-metrics-pipeline-operator'],
  [/^mp_(pipeline|exporter)_/, 'metrics-pipeline-exporter'],
] as const

function seriesOf(series: Series): readonly InputSeries[] {
  return Object.entries(series).flatMap(([key, values]) => {
    if (values === undefined) return []
    const [, name = '', pod = '0', more = ''] = /^(\w+)(?:\/(\d))?(?:\{(.*)\})?$/.exec(key) ?? []
    const job = JOBS.find(([pattern]) => pattern.test(name))?.[1]
    const labels = `namespace="shop",pipeline="orders",job="${job}",pod="${job}-${pod}"`
    return { series: `${name}{${labels}${more && `,${more}`}}`, values }
  })
}

/** A fleet of two that keeps up, an aggregation that began when time did, and three entries that were set aside before. */
const HEALTHY: Series = {
  'mp_exporter_reachable{part="source"}': '1x2000',
  'mp_exporter_reachable{part="database"}': '1x2000',
  mp_operator_suspended: '0x2000',
  mp_operator_target_latency_seconds: '30x2000',
  mp_pipeline_freshness_objective_seconds: '90x2000',
  mp_pipeline_aggregation_interval_seconds: '86400x2000',
  mp_pipeline_backlog_entries: '0 40 3 800 0x2000',
  mp_pipeline_oldest_entry_age_seconds: '0 1 1 5 0x2000',
  mp_pipeline_completions_per_second: '50x2000',
  mp_pipeline_workers: '2x2000',
  mp_pipeline_revision: '1x2000',
  mp_pipeline_oldest_mark_age_seconds: '59 60x2000',
  'mp_pipeline_dead_letters{reason="invalid-field"}': '3x2000',
  mp_pipeline_stream_faults: '0x2000',
  mp_pipeline_last_aggregation_start_timestamp_seconds: '0x1440 86400x2000',
  mp_pipeline_last_aggregation_mismatches: '0x2000',
  'mp_pipeline_last_aggregation_state{state="failed"}': '0x2000',
  'mp_pipeline_last_aggregation_state{state="interrupted"}': '0x2000',
  'mp_pipeline_last_aggregation_state{state="running"}': '0x1440 1x3 0x2000',
  'mp_pipeline_last_aggregation_state{state="succeeded"}': '1x1440 0x3 1x2000',
  'mp_pipeline_composite_age_seconds{scope="pipeline"}': '5x2000',
  'mp_pipeline_composite_age_seconds{scope="region=EU"}': '29x2000',
  mp_operator_composite_max_stale_seconds: '30x2000',
  mp_operator_autoscaler_replicas: '2x2000',
  'mp_operator_autoscaler_reason{reason="Steady"}': '1x2000',
  mp_worker_shards_lost_total: '0x2000',
  'mp_worker_shards_lost_total/1': '0x2000',
  mp_worker_freshness_missed_total: '0x2000',
  mp_worker_freshness_seconds_count: '0+100x2000',
}

/** The same by the hour, for days. */
const HOURLY: Series = {
  ...HEALTHY,
  mp_pipeline_last_aggregation_start_timestamp_seconds: '0x24 86400x23 172800x23 259200x200',
  mp_worker_freshness_seconds_count: '0+6000x200',
}

/** What the exporter tells of the database, and what follows from it. */
const OF_DATABASE = [
  'mp_pipeline_completions_per_second',
  'mp_pipeline_workers',
  'mp_pipeline_revision',
  'mp_pipeline_oldest_mark_age_seconds',
  'mp_pipeline_dead_letters{reason="invalid-field"}',
  'mp_pipeline_stream_faults',
  ...Object.keys(HEALTHY).filter((key) => /last_aggregation|composite_age/.test(key)),
]
const OF_OPERATOR = Object.keys(HEALTHY).filter((key) => key.startsWith('mp_operator_'))
const OF_SOURCE = ['mp_pipeline_backlog_entries', 'mp_pipeline_oldest_entry_age_seconds']
const OF_EXPORTER = Object.keys(HEALTHY).filter((key) => /^mp_(pipeline|exporter)_/.test(key))

/** Each of these is so until a minute, and then it is not told. */
function endingAt(minute: number, keys: readonly string[]): Series {
  return Object.fromEntries(keys.map((key) => [key, `${/^\d+/.exec(HEALTHY[key] ?? '')?.[0]}x${minute} stale`]))
}

/** Told by nobody from the beginning. */
function without(keys: readonly string[]): Series {
  return Object.fromEntries(keys.map((key) => [key, undefined]))
}

const AT_ZERO: Series = {
  mp_pipeline_workers: '0x2000',
  mp_pipeline_completions_per_second: '0x2000',
  mp_pipeline_oldest_mark_age_seconds: '0x2000',
  'mp_pipeline_composite_age_seconds{scope="pipeline"}': '0+60x2000',
  mp_operator_autoscaler_replicas: '0x2000',
  'mp_operator_autoscaler_reason{reason="Steady"}': undefined,
  'mp_operator_autoscaler_reason{reason="Idle"}': '1x2000',
  ...without(Object.keys(HEALTHY).filter((key) => key.startsWith('mp_worker_'))),
}

const WAITING: Series = {
  mp_pipeline_backlog_entries: '0 500x2000',
  mp_pipeline_oldest_entry_age_seconds: '0+60x2000',
}

async function expectAlerts(alerts: readonly string[], series: Series, at: string, step: string): Promise<void> {
  await rules.expect({
    series: seriesOf(series),
    step,
    expr: 'group by (alertname, namespace, pipeline) (ALERTS{alertstate="firing"})',
    at,
    samples: alerts.map((alert) => ({
      labels: `{alertname="MetricsPipeline${alert}", namespace="shop", pipeline="orders"}`,
      value: 1,
    })),
  })
}

describe('nobody is alerted', () => {
  test.each<[string, Series, string, string?]>([
    ['by a fleet that keeps up', {}, '60m'],
    ['by days of it, with an aggregation at the end of each', HOURLY, '70h', '1h'],
    ['where nobody tells anything at all', without(Object.keys(HEALTHY)), '60m'],
    ['by a fleet at zero with nothing to do', AT_ZERO, '60m'],
    [
      'by a fleet that is woken',
      {
        ...AT_ZERO,
        mp_pipeline_backlog_entries: '0x20 1 0x2000',
        mp_pipeline_oldest_entry_age_seconds: '0x20 4 0x2000',
        mp_pipeline_workers: '0x20 1x2000',
      },
      '24m',
    ],
    [
      'by a suspended pipeline in which everything waits, and whose database is gone',
      {
        ...AT_ZERO,
        ...WAITING,
        mp_operator_suspended: '1x2000',
        mp_pipeline_oldest_mark_age_seconds: '0+60x2000',
        'mp_exporter_reachable{part="database"}': '1x50 0x200',
        'mp_operator_autoscaler_reason{reason="Idle"}': undefined,
        'mp_operator_autoscaler_reason{reason="HoldSuspended"}': '1x2000',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x2000',
        'mp_pipeline_last_aggregation_state{state="failed"}': '1x2000',
        mp_pipeline_last_aggregation_mismatches: '4x2000',
      },
      '90h',
      '1h',
    ],
    [
      'by what piled up while it was suspended, a quarter of an hour later',
      {
        ...WAITING,
        mp_operator_suspended: '1x30 0x2000',
        mp_worker_freshness_missed_total: '0x30 0+100x2000',
        mp_worker_freshness_seconds_count: '0x30 0+100x2000',
      },
      '44m',
    ],
    [
      'by a suspended pipeline whose operator has been gone for hours',
      {
        ...AT_ZERO,
        ...WAITING,
        ...without(OF_OPERATOR),
        mp_operator_suspended: '1x10 stale',
        mp_operator_target_latency_seconds: '30x10 stale',
      },
      '300m',
    ],
    [
      'by the run that was due while it was suspended',
      {
        ...HOURLY,
        mp_operator_suspended: '0 1x24 0x200',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x2000',
      },
      '30h',
      '1h',
    ],
    [
      'by the run that was due within minutes of it',
      {
        mp_operator_suspended: '0x289 1 0x2000',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x2000',
      },
      '30h',
      '5m',
    ],
    [
      'by the run of a month that was due while it was suspended, two weeks later',
      {
        mp_operator_suspended: '0x740 1x24 0x2000',
        mp_pipeline_aggregation_interval_seconds: '2678400x2000',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x2000',
      },
      '1100h',
      '1h',
    ],
    [
      'by a rollout: new pods, a dip of some minutes, two exporters at once',
      {
        mp_pipeline_backlog_entries: '0x20 100+100x4 0x2000',
        mp_pipeline_oldest_entry_age_seconds: '0x20 10+10x4 0x2000',
        mp_pipeline_completions_per_second: '50x20 0x4 50x25 stale',
        'mp_pipeline_completions_per_second/1': '_x48 0 50x2000',
        'mp_pipeline_backlog_entries/1': '_x48 0x2000',
        'mp_pipeline_workers/1': '_x48 0 3x2000',
        'mp_exporter_reachable/1{part="database"}': '_x48 0 1x2000',
        'mp_operator_autoscaler_reason{reason="Steady"}': '1x20 _x5 1x2000',
        'mp_operator_autoscaler_reason{reason="HoldRollout"}': '_x20 1x5 stale',
        mp_worker_freshness_seconds_count: '0+100x20 0+100x2000',
        'mp_worker_shards_lost_total/1': '0x20 stale',
        'mp_worker_shards_lost_total/2': '_x21 0x2000',
      },
      '55m',
    ],
    ['by an exporter that starts anew', endingAt(20, OF_EXPORTER), '28m'],
    [
      'by a pipeline that is deleted',
      { ...endingAt(20, OF_EXPORTER), mp_operator_autoscaler_replicas: '2x20 stale' },
      '60m',
    ],
    ['by a namespace whose exporter nobody scrapes', without(OF_EXPORTER), '60m'],
    [
      'by a surge that is over within minutes',
      {
        mp_pipeline_backlog_entries: '0x20 90000x8 0x2000',
        mp_pipeline_oldest_entry_age_seconds: '0x20 40+20x7 0x2000',
      },
      '29m',
    ],
    ['by entries that are replayed', { 'mp_pipeline_dead_letters{reason="invalid-field"}': '30x20 0x2000' }, '40m'],
    [
      'by entries that were set aside long before',
      { 'mp_pipeline_dead_letters{reason="invalid-field"}': '0x9 30x2000' },
      '80m',
    ],
    ['by one worker that was frozen for once', { mp_worker_shards_lost_total: '0x30 4x2000' }, '40m'],
    [
      'by some evaluations that were late, of few',
      { mp_worker_freshness_missed_total: '0x30 0+1x8 8x2000', mp_worker_freshness_seconds_count: '0x30 0+1x8 8x2000' },
      '40m',
    ],
    [
      'by less late evaluations than are allowed, for days',
      { ...HOURLY, mp_worker_freshness_missed_total: '0+30x200' },
      '70h',
      '1h',
    ],
    [
      'by a burst of late ones that has been over for an hour',
      {
        mp_worker_freshness_missed_total: '0x288 250 500x200',
        mp_worker_freshness_seconds_count: '0+500x500',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x288 86400x200',
      },
      '1510m',
      '5m',
    ],
    [
      'by an aggregation that failed and was taken up again',
      {
        'mp_pipeline_last_aggregation_state{state="failed"}': '0x20 1x5 0x2000',
        'mp_pipeline_last_aggregation_state{state="running"}': '0x25 1x20 0x2000',
      },
      '40m',
    ],
    [
      'by a score that is older than before, of a fleet that was at zero',
      {
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '0+60x30 2000 5x2000',
        mp_operator_autoscaler_replicas: '0x30 1x2000',
      },
      '34m',
    ],
    [
      'by the last score of a composite that was removed, or that may get as old as it gets since',
      {
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '5x20 5+60x2000',
        mp_operator_composite_max_stale_seconds: '30x20 stale',
      },
      '60m',
    ],
    [
      'by a pipeline without a composite',
      without(Object.keys(HEALTHY).filter((key) => key.includes('composite'))),
      '60m',
    ],
    [
      'by a schedule of once a week, after six days',
      {
        mp_pipeline_aggregation_interval_seconds: '604800x200',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x200',
      },
      '6d',
      '1h',
    ],
    [
      'by a pipeline of today that has had no aggregation yet',
      { ...HOURLY, ...without(Object.keys(HEALTHY).filter((key) => key.includes('last_aggregation'))) },
      '20h',
      '1h',
    ],
  ])('%s', async (_sentence, series, at, step = '1m') => {
    await expectAlerts([], { ...HEALTHY, ...series }, at, step)
  })
})

describe('alerts when', () => {
  test.each<[string, readonly string[], Series, string, string?]>([
    [
      'the database is gone: what is known of the source is told, all else is unknown and not fine',
      ['BacklogOld', 'Unreachable'],
      { ...WAITING, ...endingAt(20, OF_DATABASE), 'mp_exporter_reachable{part="database"}': '1x20 0x2000' },
      '60m',
    ],
    [
      'neither can be reached',
      ['Unreachable'],
      {
        ...endingAt(20, [...OF_DATABASE, ...OF_SOURCE]),
        'mp_exporter_reachable{part="source"}': '1x20 0x2000',
        'mp_exporter_reachable{part="database"}': '1x20 0x2000',
      },
      '60m',
    ],
    [
      'its definition is none that the exporter understands',
      ['Unreachable'],
      {
        ...without(OF_EXPORTER),
        'mp_exporter_reachable{part="source"}': '0x2000',
        'mp_exporter_reachable{part="database"}': '0x2000',
      },
      '60m',
    ],
    ['the exporter is gone, and the operator still knows of it', ['Unobserved'], endingAt(20, OF_EXPORTER), '60m'],
    ['it has been gone for days', ['Unobserved'], endingAt(20, OF_EXPORTER), '160h', '1h'],
    [
      'workers are there and get nothing done',
      ['BacklogOld', 'Stalled'],
      { ...WAITING, mp_pipeline_completions_per_second: '50x10 0x2000' },
      '40m',
    ],
    [
      'entries wait and no worker comes',
      ['AutoscalerHolds', 'BacklogOld', 'Stalled'],
      {
        ...AT_ZERO,
        ...WAITING,
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '5x2000',
        mp_pipeline_completions_per_second: undefined,
        'mp_operator_autoscaler_reason{reason="Idle"}': undefined,
        'mp_operator_autoscaler_reason{reason="HoldFailing"}': '1x2000',
      },
      '40m',
    ],
    [
      'workers are too slow',
      ['BacklogOld'],
      { ...WAITING, mp_pipeline_oldest_entry_age_seconds: '0x5 31x2000' },
      '20m',
    ],
    [
      'what piled up while it was suspended does not get less',
      ['BacklogOld', 'Stalled'],
      { ...WAITING, mp_operator_suspended: '1x30 0x2000', mp_pipeline_completions_per_second: '0x2000' },
      '70m',
    ],
    [
      'workers are too slow, whether an operator is there or not',
      ['BacklogOld'],
      {
        ...WAITING,
        ...without(OF_OPERATOR),
        mp_operator_suspended: '0x10 stale',
        mp_operator_target_latency_seconds: '30x10 stale',
      },
      '300m',
    ],
    [
      'an entry and a score are older than they may be, by the word of the operator that took over',
      ['BacklogOld', 'CompositeStale'],
      {
        mp_pipeline_oldest_entry_age_seconds: '100x2000',
        mp_operator_target_latency_seconds: '600x20 stale',
        'mp_operator_target_latency_seconds/1': '_x20 30x2000',
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '100x2000',
        mp_operator_composite_max_stale_seconds: '600x20 stale',
        'mp_operator_composite_max_stale_seconds/1': '_x20 30x2000',
      },
      '60m',
    ],
    ['an entity is not evaluated', ['RowsLate'], { mp_pipeline_oldest_mark_age_seconds: '0+60x2000' }, '20m'],
    [
      'a sixth of the evaluations is late for an hour',
      ['FreshnessBurn'],
      { mp_worker_freshness_missed_total: '0+17x2000' },
      '70m',
    ],
    [
      'a sixth of them still is, an hour and a half after it was suspended',
      ['FreshnessBurn'],
      { mp_operator_suspended: '1x30 0x2000', mp_worker_freshness_missed_total: '0+17x2000' },
      '120m',
    ],
    [
      'two of a hundred are late, for days',
      ['FreshnessBurn'],
      {
        mp_worker_freshness_missed_total: '0+40x200',
        mp_worker_freshness_seconds_count: '0+2000x200',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0+3600x200',
      },
      '80h',
      '1h',
    ],
    [
      'entries are set aside, while another exporter takes over',
      ['DeadLettersRising'],
      {
        'mp_pipeline_dead_letters{reason="invalid-field"}': '3x20 stale',
        'mp_pipeline_dead_letters/1{reason="invalid-field"}': '_x20 3 5x2000',
      },
      '40m',
    ],
    ['a stream lost entries', ['EntriesLost'], { mp_pipeline_stream_faults: '0x20 1x2000' }, '30m'],
    [
      'workers lose shards again and again',
      ['ShardsLost'],
      { mp_worker_shards_lost_total: '0x20 2x20 4x2000', 'mp_worker_shards_lost_total/1': '0x30 3x20 6x2000' },
      '45m',
    ],
    [
      'rows are not what they should be',
      ['ParityBroken'],
      { mp_pipeline_last_aggregation_mismatches: '0x20 2x2000' },
      '40m',
    ],
    [
      'an aggregation fails',
      ['AggregationFailed'],
      { 'mp_pipeline_last_aggregation_state{state="failed"}': '0x20 1x2000' },
      '40m',
    ],
    [
      'one is interrupted, and nobody takes it up',
      ['AggregationFailed'],
      { 'mp_pipeline_last_aggregation_state{state="interrupted"}': '0x20 1x2000' },
      '40m',
    ],
    [
      'the aggregation of a day does not begin',
      ['AggregationLate'],
      { mp_pipeline_last_aggregation_start_timestamp_seconds: '0x200' },
      '27h',
      '1h',
    ],
    [
      'none ever began',
      ['AggregationLate'],
      without(Object.keys(HEALTHY).filter((key) => key.includes('last_aggregation'))),
      '28h',
      '1h',
    ],
    [
      'that of a week does not begin, some days after it was suspended for an hour',
      ['AggregationLate'],
      {
        mp_pipeline_aggregation_interval_seconds: '604800x300',
        mp_pipeline_last_aggregation_start_timestamp_seconds: '0x300',
        mp_operator_suspended: '1x1 0x300',
      },
      '180h',
      '1h',
    ],
    [
      'the score of one group is not calculated any more',
      ['CompositeStale'],
      { 'mp_pipeline_composite_age_seconds{scope="region=EU"}': '5x20 5+60x2000' },
      '30m',
    ],
    [
      'a score gets old, whether an operator is there or not',
      ['CompositeStale'],
      {
        ...endingAt(20, OF_OPERATOR),
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '5x20 5+60x2000',
      },
      '300m',
    ],
    [
      'workers run and calculate no score at all',
      ['CompositeStale'],
      without(Object.keys(HEALTHY).filter((key) => key.includes('composite_age'))),
      '30m',
    ],
    [
      'all workers are gone, and are still wanted',
      ['CompositeStale'],
      {
        'mp_pipeline_composite_age_seconds{scope="pipeline"}': '5x20 5+60x2000',
        mp_pipeline_workers: '2x20 0x2000',
      },
      '30m',
    ],
    [
      'the autoscaler knows nothing, then waits for a rollout',
      ['AutoscalerHolds'],
      {
        'mp_operator_autoscaler_reason{reason="Steady"}': '1x10 stale',
        'mp_operator_autoscaler_reason{reason="HoldUnknown"}': '_x11 1x10 stale',
        'mp_operator_autoscaler_reason{reason="HoldRollout"}': '_x22 1x2000',
      },
      '40m',
    ],
  ])('%s', async (_sentence, alerts, series, at, step = '1m') => {
    await expectAlerts(alerts, { ...HEALTHY, ...series }, at, step)
  })
})

test.each<[string, string, Series, readonly (readonly [severity: string, window: string])[], string]>([
  [
    'at once, where a sixth of the evaluations is late',
    '70m',
    { mp_worker_freshness_missed_total: '0+17x2000' },
    [
      ['critical', '1h'],
      ['critical', '6h'],
      ['warning', '1d'],
      ['warning', '3d'],
    ],
    '1m',
  ],
  [
    'before an hour is full, where a pipeline has only just begun',
    '100m',
    { mp_worker_freshness_missed_total: '_x65 0+100x2000', mp_worker_freshness_seconds_count: '_x65 0+100x2000' },
    [
      ['critical', '1h'],
      ['critical', '6h'],
    ],
    '1m',
  ],
  [
    'in time, where two of a hundred are',
    '80h',
    {
      ...HOURLY,
      mp_worker_freshness_missed_total: '0+40x200',
      mp_worker_freshness_seconds_count: '0+2000x200',
    },
    [['warning', '3d']],
    '1h',
  ],
])('somebody has to look after freshness %s', async (_sentence, at, series, alerts, step) => {
  await rules.expect({
    series: seriesOf({ ...HEALTHY, ...series }),
    step,
    expr: 'group by (severity, window) (ALERTS{alertname="MetricsPipelineFreshnessBurn",alertstate="firing"})',
    at,
    samples: alerts.map(([severity, window]) => ({ labels: `{severity="${severity}", window="${window}"}`, value: 1 })),
  })
})

/** A pipeline that has its own numbers, beside `orders`. */
const seriesOfReturns = (series: Series) =>
  seriesOf(series).map(({ series: name, values }) => ({
    series: name.replaceAll('pipeline="orders"', 'pipeline="returns"').replaceAll('orders-worker', 'returns-worker'),
    values,
  }))

const SIXTH_LATE: Series = { ...HEALTHY, mp_worker_freshness_missed_total: '0+17x2000' }

test.each<[sentence: string, orders: Series, returns: Series, firing: readonly string[]]>([
  ['the one that is late, and not its neighbour', SIXTH_LATE, HEALTHY, ['orders']],
  ['both, where both are late', SIXTH_LATE, SIXTH_LATE, ['orders', 'returns']],
  [
    'none whose entries may wait for longer than the objective leaves for the work',
    SIXTH_LATE,
    { ...SIXTH_LATE, mp_operator_target_latency_seconds: '300x2000' },
    ['orders'],
  ],
  [
    'none of these either while no operator tells how long they may wait',
    SIXTH_LATE,
    { ...SIXTH_LATE, mp_operator_target_latency_seconds: '300x10 stale' },
    ['orders'],
  ],
  [
    'one whose entries may wait for less',
    SIXTH_LATE,
    { ...SIXTH_LATE, mp_operator_target_latency_seconds: '5x2000' },
    ['orders', 'returns'],
  ],
])('of two pipelines freshness alerts about %s', async (_sentence, ofOrders, ofReturns, firing) => {
  await rules.expect({
    series: [...seriesOf(ofOrders), ...seriesOfReturns(ofReturns)],
    step: '1m',
    expr: 'group by (pipeline) (ALERTS{alertname="MetricsPipelineFreshnessBurn",alertstate="firing"})',
    at: '70m',
    samples: firing.map((pipeline) => ({ labels: `{pipeline="${pipeline}"}`, value: 1 })),
  })
})

test('no rule looks back for days at the series of pods, of which there are as many as there ever were', () => {
  const ofDays = /(?<![\w:])mp_\w+(?:\{[^}]*\})?\)*\[(?:\d+d|\d\d+h)/
  expect(rules.rules.filter(({ expr }) => ofDays.test(expr)).map(({ expr }) => expr)).toEqual([])
})

test('promtool understands the rules', async () => {
  expect(await rules.check()).toContain(`SUCCESS: ${rules.rules.length} rules found`)
})

test('no rule asks for a metric or a label that no process has', () => {
  const known = knownMetrics()
  const recorded = rules.rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))
  for (const { expr } of rules.rules) expect(askedInVain(expr, known, recorded), expr).toEqual([])
})

test('the number of workers is held for the reasons for which the status says so', () => {
  const isHeld = (reason: ScalingReason) => scalingActive({ reason, message: '' }).status === 'False'
  const expr = rules.alerts.find(({ alert }) => alert === 'MetricsPipelineAutoscalerHolds')?.expr ?? ''
  const [, reasons = ''] = /reason=~"([^"]*)"/.exec(expr) ?? []
  expect(reasons.split('|').sort()).toEqual(SCALING_REASONS.filter(isHeld).sort())
})

test('only those of the namespaces that the operator looks after, where it looks after some', async () => {
  await using some = await AlertRules.rendered('operator-metrics-pipeline-operator-pipelines', {
    watch: { namespaces: ['shop', 'bakery'] },
  })
  expect(await some.check()).toContain('SUCCESS')
  const selectors = some.rules.flatMap(({ expr }) => expr.match(/(?<![\w:])mp_\w+(?:\{[^}]*\})?/g) ?? [])
  expect(selectors).not.toEqual([])
  expect(selectors.filter((selector) => !selector.includes('{namespace=~"shop|bakery",'))).toEqual([])
})

test('every alert says how bad it is, which pipeline of which namespace it is about, what it means, and which page helps', () => {
  for (const { alert, labels, annotations } of rules.alerts) {
    expect(['warning', 'critical'], alert).toContain(labels['severity'])
    expect(annotations['summary'], alert).toMatch(/^\{\{ \$labels\.namespace \}\}\/\{\{ \$labels\.pipeline \}\}: \S/)
    expect(annotations['description'], alert).toMatch(/\.$/)
    expect(existsSync(annotations['runbook_url'] ?? ''), alert).toBe(true)
  }
})

test('every alert has its page, and every page is that of an alert or of something that is told otherwise', () => {
  const told = (heading: string) =>
    docTable('docs/runbooks/README.md', heading, 'Page').map(
      ([what = '', page = '']) => [what.replaceAll('`', ''), /\(([^)]+)\)/.exec(page)?.[1] ?? ''] as const,
    )
  const alerts = [...rules.alerts, ...ofOperator.alerts]
  const pages = alerts.map(({ alert, annotations }) => [alert, basename(annotations['runbook_url'] ?? '')] as const)
  expect(new Map(told('Alert'))).toEqual(new Map(pages))
  const files = globSync('docs/runbooks/*.md').map((path) => basename(path))
  const ofPages = new Set([...told('Alert'), ...told('You see')].map(([, page]) => page))
  expect(files.filter((file) => file !== 'README.md').sort()).toEqual([...ofPages].sort())
  expect(told('You see').filter(([, page]) => told('Alert').some(([, other]) => other === page))).toEqual([])
  for (const [alert, page] of pages) expect(readFileSync(`docs/runbooks/${page}`, 'utf8')).toContain(`\`${alert}\``)
})
