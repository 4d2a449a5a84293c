import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { OperatorMetrics } from '../../adapters/telemetry/operator-metrics.ts'
import { renderChart } from '../support/cluster/chart.ts'
import { findPromtool } from '../support/promtool.ts'

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** What a pod's metric is each minute, in promtool's words: `1x60` is 1, and then the same for 60 minutes. */
type Series = Readonly<Record<string, string>>

let folder: string
let promtool: string
let rules: string
let alerts: readonly Alert[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-alerts-'))
  promtool = await findPromtool()
  const objects = await renderChart({ metrics: { prometheusRule: { enabled: true } } })
  const spec = objects.find(({ kind }) => kind === 'PrometheusRule')?.['spec']
  alerts = spec.groups[0].rules
  rules = join(folder, 'rules.yaml')
  await writeFile(rules, stringify(spec))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

/** What of a pod: `mp_operator_leader` is that of `operator-0`, `mp_operator_leader/1` that of `operator-1`, with `{...}` further labels. */
function seriesOf(series: Series): readonly { series: string; values: string }[] {
  return Object.entries(series).map(([key, values]) => {
    const [, name, pod = '0', more = ''] = /^(\w+)(?:\/(\d))?(?:\{(.*)\})?$/.exec(key) ?? []
    const labels = `namespace="operators",job="operator-metrics-pipeline-operator",pod="operator-${pod}"`
    return { series: `${name}{${labels}${more && `,${more}`}}`, values }
  })
}

/** How many of the alert fire at a minute. */
async function expectFiring(alert: string, series: Series, minute: number, count: number): Promise<void> {
  const file = join(folder, 'test.yaml')
  const samples = count === 0 ? [] : [{ labels: '{}', value: count }]
  const expr = `count(ALERTS{alertname="${alert}",alertstate="firing"})`
  const wanted = {
    rule_files: [rules],
    tests: [
      {
        interval: '1m',
        input_series: seriesOf(series),
        promql_expr_test: [{ expr, eval_time: `${minute}m`, exp_samples: samples }],
      },
    ],
  }
  await writeFile(file, stringify(wanted))
  await promisify(execFile)(promtool, ['test', 'rules', file])
}

test('promtool understands the rules', async () => {
  const { stdout } = await promisify(execFile)(promtool, ['check', 'rules', '--lint-fatal', rules])
  expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`)
})

test('no rule asks for a metric that the operator does not have', async () => {
  const { body } = await new OperatorMetrics().expose({ queued: 0, failing: 0, ready: [], fleets: [] })
  const known = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
  const asked = alerts.flatMap(({ expr }) => [...expr.matchAll(/\bmp_\w+/g)].map(([name]) => name))
  expect(asked).not.toEqual([])
  expect(asked.filter((name) => !known.includes(name))).toEqual([])
})

test('every alert says how bad it is, what it means, and which page helps; every page is that of an alert', () => {
  for (const { labels, annotations } of alerts) {
    expect(['warning', 'critical']).toContain(labels['severity'])
    expect(annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String) })
    expect(existsSync(annotations['runbook_url'] ?? '')).toBe(true)
  }
  const pages = globSync('docs/runbooks/operator-*.md').map((path) => basename(path))
  expect(alerts.map(({ annotations }) => basename(annotations['runbook_url'] ?? '')).sort()).toEqual(pages.sort())
})

describe('an alert fires when', () => {
  test.each<[string, string, Series, number, number]>([
    ['nobody tells anything', 'Down', {}, 6, 1],
    ['all that told something is gone', 'Down', { mp_operator_leader: '1x5 stale' }, 12, 1],
    ['none of two leads', 'NotLeading', { 'mp_operator_leader/0': '0x60', 'mp_operator_leader/1': '0x60' }, 6, 1],
    [
      'something fails whenever it is tried, every sixteen minutes in the end',
      'ReconcileErrors',
      { 'mp_operator_reconcile_errors_total{reason="InvalidError"}': '0 12x15 13x15 14x15 15x15 16x60' },
      60,
      1,
    ],
    ['the queue does not get short', 'QueueGrowing', { mp_operator_queue_depth: '0x5 40+5x60' }, 30, 1],
    [
      'the leader finishes nothing',
      'NotReconciling',
      {
        mp_operator_leader: '1x90',
        'mp_operator_pipelines{ready="True"}': '3x90',
        mp_operator_last_reconcile_timestamp_seconds: '60x90',
      },
      60,
      1,
    ],
    [
      'it has finished nothing ever since it leads',
      'NotReconciling',
      {
        mp_operator_leader: '1x90',
        'mp_operator_pipelines{ready="False"}': '3x90',
        mp_operator_last_reconcile_timestamp_seconds: '0x90',
      },
      60,
      1,
    ],
  ])('%s', async (_sentence, alert, series, minute, count) => {
    await expectFiring(`MetricsPipelineOperator${alert}`, series, minute, count)
  })
})

describe('an alert does not fire when', () => {
  test.each<[string, string, Series, number]>([
    ['one tells something', 'Down', { mp_operator_leader: '0x60' }, 30],
    ['a restart takes two minutes', 'Down', { mp_operator_leader: '1x10 _x2 1x30' }, 13],
    ['one of two leads', 'NotLeading', { 'mp_operator_leader/0': '0x60', 'mp_operator_leader/1': '1x60' }, 30],
    [
      'the other one takes over',
      'NotLeading',
      { 'mp_operator_leader/0': '1x9 0x60', 'mp_operator_leader/1': '0x9 0 1x60' },
      30,
    ],
    [
      'something failed for some minutes and then did not',
      'ReconcileErrors',
      { 'mp_operator_reconcile_errors_total{reason="ConflictError"}': '0 5 9 12x90' },
      40,
    ],
    [
      'a thousand are looked at anew, which takes a minute',
      'QueueGrowing',
      { mp_operator_queue_depth: '0x9 900 0x9 900 0x40' },
      30,
    ],
    [
      'it is at rest and looks at its pipelines every twenty minutes',
      'NotReconciling',
      {
        mp_operator_leader: '1x90',
        'mp_operator_pipelines{ready="True"}': '3x90',
        mp_operator_last_reconcile_timestamp_seconds: '0x19 1200x19 2400x19 3600x30',
      },
      59,
    ],
    [
      'it stands by',
      'NotReconciling',
      {
        mp_operator_leader: '0x90',
        'mp_operator_pipelines{ready="True"}': '3x90',
        mp_operator_last_reconcile_timestamp_seconds: '0x90',
      },
      60,
    ],
    [
      'there is nothing to do',
      'NotReconciling',
      { mp_operator_leader: '1x90', mp_operator_last_reconcile_timestamp_seconds: '0x90' },
      60,
    ],
  ])('%s', async (_sentence, alert, series, minute) => {
    await expectFiring(`MetricsPipelineOperator${alert}`, series, minute, 0)
  })
})
