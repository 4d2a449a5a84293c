import { expect, test } from 'vitest'
import { checkMetrics } from '../../support/check-metrics.ts'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { eventually } from '../../support/eventually.ts'
import { parseMetricsText } from '../../support/metrics-text.ts'

test('what the operator alone can tell of a pipeline is told by its name', async () => {
  await using here = await OperatedNamespace.open()
  await here.settled('orders', { workers: { scaling: { mode: 'Off', targetLatency: '5s' } } })
  const scrape = async () => (await fetch(`http://127.0.0.1:${await here.operator.port()}/metrics`)).text()
  const expectTold = async (told: Readonly<Record<string, number>>) => {
    const { samples } = parseMetricsText(await scrape())
    for (const [name, value] of Object.entries(told)) {
      const [, metric, more = ''] = /^(\w+)(.*)$/.exec(name) ?? []
      expect(samples.get(`${metric}{namespace="${here.namespace.name}",pipeline="orders"${more}}`), name).toBe(value)
    }
  }
  await checkMetrics(await scrape())
  await expectTold({
    mp_operator_suspended: 0,
    mp_operator_target_latency_seconds: 5,
    'mp_operator_autoscaler_reason,reason="Fixed"': 1,
  })
  await here.namespace.patch(PIPELINES, 'orders', { spec: { suspend: true } })
  await eventually(async () => {
    await here.runPods()
    await expectTold({ mp_operator_suspended: 1, 'mp_operator_autoscaler_reason,reason="HoldSuspended"': 1 })
  })
})
