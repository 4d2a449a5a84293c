import { expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { PIPELINES } from '../../support/cluster/pipeline-fixture.ts'
import { eventually } from '../../support/eventually.ts'
import { drawTrace } from '../../support/otlp/draw-trace.ts'
import { OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'

test('each reconcile is a trace with the requests that it made, and its metrics are sent too', async () => {
  await using receiver = await OtlpReceiver.start()
  const environment = { ...sendingTo(receiver), OTEL_METRICS_EXPORTER: 'otlp' }
  await using here = await OperatedNamespace.open({ environment })
  await here.settled('orders', {
    telemetry: {
      otlpEndpoint: 'http://collector:4318',
      otlpHeaders: { secretKeyRef: { name: 'collector', key: 'headers' } },
    },
  })
  const key = `${here.namespace.name}/orders`
  const reconciles = () => receiver.named('reconcile').filter(({ attributes }) => attributes['mp.key'] === key)
  await eventually(() => {
    const traces = reconciles().map(({ traceId }) =>
      drawTrace(receiver.spans.filter((span) => span.traceId === traceId)),
    )
    expect(traces).toContainEqual(
      expect.stringMatching(/^metrics-pipeline-operator: reconcile\n(?:├─ .*\n)*├─ patch jobs\n/),
    )
    expect(traces).toContainEqual(expect.stringMatching(/\n[├└]─ patch deployments/))
  })
  expect(reconciles().map(({ parentSpanId }) => parentSpanId)).not.toContainEqual(expect.anything())
  expect(receiver.spans.filter(({ name }) => /^(?:watch|update) /.test(name))).toEqual([])
  for (const list of receiver.spans.filter(({ name }) => /^list /.test(name))) {
    const before = receiver.spans.filter(
      ({ traceId, startedAt }) => traceId === list.traceId && startedAt < list.startedAt,
    )
    // one that the watch was late with is looked up once it was found to be there
    expect(before.map(({ name }) => name)).toContain(list.name.replace('list', 'patch'))
  }
  await eventually(() => expect(receiver.numbers.get('mp_operator_leader')).toBe(1))

  const [worker] = await here.namespace.list('apps/v1/deployments', 'app.kubernetes.io/component=worker')
  const [container] = worker?.['spec'].template.spec.containers ?? []
  expect(container.env).toEqual(
    expect.arrayContaining([
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector:4318' },
      { name: 'OTEL_EXPORTER_OTLP_HEADERS_FILE', value: '/etc/metrics-pipeline/connections/otlp-headers' },
    ]),
  )
  expect((await here.namespace.get(PIPELINES, 'orders')).status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'True' }),
  )
})
