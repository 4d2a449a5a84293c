import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OperatorMetrics } from '../../adapters/telemetry/operator-metrics.ts'
import { AlertRules, type InputSeries } from '../support/cluster/alert-rules.ts'

/** What a pod's metric is each minute, in promtool's words. */
type Series = Readonly<Record<string, string>>

let rules: AlertRules

beforeAll(async () => {
  rules = await AlertRules.rendered('operator-metrics-pipeline-operator')
})
afterAll(async () => await rules[Symbol.asyncDispose]())

/** What of a pod: `mp_operator_leader` is that of `operator-0`, `mp_operator_leader/1` that of `operator-1`, with `{...}` further labels. */
function seriesOf(series: Series): readonly InputSeries[] {
  return Object.entries(series).map(([key, values]) => {
    const [, name, pod = '0', more = ''] = /^(\w+)(?:\/(\d))?(?:\{(.*)\})?$/.exec(key) ?? []
    const labels = `namespace="operators",job="operator-metrics-pipeline-operator",pod="operator-${pod}"`
    return { series: `${name}{${labels}${more && `,${more}`}}`, values }
  })
}

/** How many of the alert fire at a minute. */
async function expectFiring(alert: string, series: Series, minute: number, count: number): Promise<void> {
  await rules.expect({
    series: seriesOf(series),
    step: '1m',
    expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
    at: `${minute}m`,
    samples: count === 0 ? [] : [{ labels: '{}', value: count }],
  })
}

test('promtool understands the rules', async () => {
  expect(await rules.check()).toContain(`SUCCESS: ${rules.rules.length} rules found`)
})

test('no rule asks for a metric that the operator does not have', async () => {
  const { body } = await new OperatorMetrics().expose({ queued: 0, failing: 0, ready: [], fleets: [] })
  const known = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
  const asked = rules.alerts.flatMap(({ expr }) => [...expr.matchAll(/\bmp_\w+/g)].map(([name]) => name))
  expect(asked).not.toEqual([])
  expect(asked.filter((name) => !known.includes(name))).toEqual([])
})

test('every alert says how bad it is, what it means, and which page helps', () => {
  for (const { labels, annotations } of rules.alerts) {
    expect(['warning', 'critical']).toContain(labels['severity'])
    expect(annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String) })
    expect(existsSync(annotations['runbook_url'] ?? '')).toBe(true)
  }
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
