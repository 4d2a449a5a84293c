import { expect, test } from 'vitest'
import { type FleetSeen, OperatorMetrics } from '../../../../adapters/telemetry/operator-metrics.ts'
import { parseMetricsText } from '../../../support/metrics-text.ts'

const NOTHING = { queued: 0, failing: 0, ready: [], fleets: [] }

const FLEET: FleetSeen = {
  namespace: 'shop',
  pipeline: 'orders',
  isSuspended: false,
  targetLatencyMs: 30_000,
  compositeMaxStaleMs: 60_000,
  scaling: { replicas: 2, wanted: 1, reason: 'Steady' },
}

async function seriesOf(metrics: OperatorMetrics, fleets: readonly FleetSeen[] = []): Promise<readonly string[]> {
  const { body } = await metrics.expose({ ...NOTHING, fleets })
  return [...parseMetricsText(body).samples.keys()].filter((name) => name.startsWith('mp_')).sort()
}

test('whatever fails is counted under a few names', async () => {
  const metrics = new OperatorMetrics()
  const before = await seriesOf(metrics)
  for (let n = 0; n < 1_000; n++) metrics.countError(Object.assign(new Error(), { name: `"} ${n}` }))
  metrics.countError('no error at all')
  expect(await seriesOf(metrics)).toEqual(before)
  const { body } = await metrics.expose(NOTHING)
  expect(body).toContain('mp_operator_reconcile_errors_total{reason="other"} 1001\n')
})

test('a pipeline has one reason at a time, and six series in all', async () => {
  const metrics = new OperatorMetrics()
  const before = await seriesOf(metrics)
  for (let n = 0; n < 100; n++) await seriesOf(metrics, [{ ...FLEET, scaling: { replicas: n, reason: `reason-${n}` } }])
  const told = await seriesOf(metrics, [FLEET])
  expect(told.filter((series) => !before.includes(series))).toEqual([
    'mp_operator_autoscaler_reason{namespace="shop",pipeline="orders",reason="Steady"}',
    'mp_operator_autoscaler_replicas{namespace="shop",pipeline="orders"}',
    'mp_operator_autoscaler_wanted{namespace="shop",pipeline="orders"}',
    'mp_operator_composite_max_stale_seconds{namespace="shop",pipeline="orders"}',
    'mp_operator_suspended{namespace="shop",pipeline="orders"}',
    'mp_operator_target_latency_seconds{namespace="shop",pipeline="orders"}',
  ])
  expect(await seriesOf(metrics)).toEqual(before)
})

test('what is not known of a pipeline is not told', async () => {
  const fleet = {
    ...FLEET,
    isSuspended: true,
    targetLatencyMs: undefined,
    compositeMaxStaleMs: undefined,
    scaling: undefined,
  }
  const told = await seriesOf(new OperatorMetrics(), [fleet])
  expect(told.filter((series) => series.includes('pipeline="'))).toEqual([
    'mp_operator_suspended{namespace="shop",pipeline="orders"}',
  ])
})
