import { expect, test } from 'vitest'
import { MOST_TRACES } from '../../../core/tracing/traces-to-follow.ts'
import { eventually } from '../../support/eventually.ts'
import { type OtlpProtocol, OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { producerSpan } from '../../support/otlp/trace-context.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { MIXED, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, orders } from '../../support/shop-orders.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const PRODUCER = producerSpan(1)

const TELLS_OF_SDK = new URL('../../support/preloads/tells-of-sdk.ts', import.meta.url).href

const TELLS_OF_FLAGS = new URL('../../support/preloads/tells-of-flags.ts', import.meta.url).href

/** Of a batch. */
const STEPS = ['read', 'statement', 'commit', 'acknowledge']

const tracedOrders = (from: number, to: number) =>
  orders(from, to).map((order) => ({ ...order, traceparent: PRODUCER.traceparent }))

test.each<OtlpProtocol>(['http/protobuf', 'http/json', 'grpc'])('a worker sends its spans by %s', async (protocol) => {
  await using receiver = await OtlpReceiver.start(protocol)
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver, protocol) })
  await shops.publish(tracedOrders(0, 100))
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(orders(0, 100)))

  await eventually(() => {
    for (const name of ['batch', ...STEPS, 'evaluate']) expect(receiver.named(name), name).not.toEqual([])
  })
  const [batch] = receiver.named('batch')
  expect(batch).toMatchObject({
    service: 'metrics-pipeline-worker',
    resource: { 'service.instance.id': 'worker-0', 'mp.pipeline': 'shops' },
    traceId: PRODUCER.traceId,
    parentSpanId: PRODUCER.spanId,
    error: undefined,
  })
  for (const step of STEPS)
    expect(receiver.named(step)[0], step).toMatchObject({ traceId: PRODUCER.traceId, parentSpanId: batch?.spanId })
  expect(await worker.stop()).toBe(0)
})

test('a worker that nobody asks for spans loads nothing that makes them', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const environment = { NODE_OPTIONS: `--import=${TELLS_OF_SDK}` }
  await using off = await WorkerProcess.start('worker-0', shops, { environment })
  await using disabled = await WorkerProcess.start('worker-1', shops, {
    environment: { ...environment, ...sendingTo({ url: 'http://127.0.0.1:4318' }), OTEL_SDK_DISABLED: 'true' },
  })
  await using on = await WorkerProcess.start('worker-2', shops, {
    environment: { ...environment, ...sendingTo({ url: 'http://127.0.0.1:4318' }) },
  })
  await shops.publish(tracedOrders(0, 100))
  await shops.caughtUp()
  await Promise.all([off.reads(), disabled.reads(), on.reads()])
  expect(off.log).not.toContain('the SDK is loaded')
  expect(disabled.log).not.toContain('the SDK is loaded')
  expect(on.log).toContain('the SDK is loaded')
})

test('a worker with a small heap lets it grow further where the SDK is in it, and only there', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const environment = { NODE_OPTIONS: `--import=${TELLS_OF_FLAGS}` }
  await using off = await WorkerProcess.start('worker-0', shops, { environment })
  await using on = await WorkerProcess.start('worker-1', shops, {
    environment: { ...environment, ...sendingTo({ url: 'http://127.0.0.1:4318' }) },
  })
  await Promise.all([off.reads(), on.reads()])
  expect(on.log).toContain('--heap-growing-percent')
  expect(off.log).not.toContain('--heap-growing-percent')
})

test('the variables of OpenTelemetry mean what they mean everywhere', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  const start = (name: string, environment: Record<string, string>) =>
    WorkerProcess.start(name, shops, { environment: { ...sendingTo(receiver), ...environment } })
  await using named = await start('named', {
    OTEL_SERVICE_NAME: 'shop-metrics',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.instance.id=mine',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=blue%20team',
  })
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  await eventually(() => expect(receiver.named('batch')).not.toEqual([]))
  expect(receiver.spans[0]?.resource).toMatchObject({
    'service.name': 'shop-metrics',
    'service.instance.id': 'mine',
    'deployment.environment.name': 'test',
  })
  expect(receiver.headers[0]).toMatchObject({ 'x-team': 'blue team' })
  await named.stop()

  receiver.spans.splice(0)
  await using unsampled = await start('unsampled', { OTEL_TRACES_SAMPLER: 'always_off' })
  await shops.publish(tracedOrders(10, 20))
  await shops.caughtUp()
  await unsampled.stop()
  await using sampled = await start('sampled', {
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  })
  await shops.publish(orders(20, 30)) // of no trace, and none begins at this ratio
  await shops.caughtUp()
  await shops.publish(tracedOrders(30, 40)) // their producer has decided that these are recorded
  await shops.caughtUp()
  await sampled.stop()
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([PRODUCER.traceId]))
  const counts = receiver.named('batch').map(({ attributes }) => Number(attributes['messaging.batch.message_count']))
  expect(counts.reduce((sum, count) => sum + count)).toBe(10)
})

test('a batch is part of the first recorded trace in it, and is linked to a bounded number of others', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 200 }))
  const many = orders(0, 80).map((order, n) => ({
    ...order,
    traceparent: producerSpan(n, n % 2 === 1).traceparent,
    ...(n === 3 ? { tracestate: 'shop=web' } : {}),
  }))
  await shops.publish(many)
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver) })
  await shops.caughtUp()
  await worker.stop()
  const [batch, ...others] = receiver.named('batch')
  expect(others).toEqual([])
  const recorded = Array.from({ length: MOST_TRACES }, (_, i) => producerSpan(2 * i + 1))
  const [first, ...rest] = recorded.map(({ traceId, spanId }) => ({ traceId, spanId }))
  expect(batch).toMatchObject({ traceId: first?.traceId, parentSpanId: first?.spanId })
  const [second, ...later] = rest
  expect(batch?.links).toEqual([{ ...second, traceState: 'shop=web' }, ...later])
})

test('a trace goes on with whoever evaluates the entity, and with nobody else', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline({ quiet: '1d' }))
  await using first = await WorkerProcess.start('first', shops, { environment: sendingTo(receiver) })
  await shops.publish([...tracedOrders(0, 1), ...orders(1, 10)])
  await eventually(async () => expect(await shops.count('fact_order')).toBe(10))
  await first.stop()
  const { rows } = await shops.db.query('select entity from mp_mark where traceparent is not null')
  expect(rows).toEqual([{ entity: 'shop-00' }])

  await using hasty = await PipelineOnServers.open(shopPipeline({ quiet: '1s' }), shops)
  await using second = await WorkerProcess.start('second', hasty, { environment: sendingTo(receiver) })
  await hasty.caughtUp()
  await second.stop()
  const [batch] = receiver.named('batch')
  expect(receiver.named('evaluate')).toMatchObject([
    {
      resource: { 'service.instance.id': 'second' },
      traceId: PRODUCER.traceId,
      parentSpanId: batch?.spanId,
      attributes: { 'mp.entities': 10 },
    },
  ])
})

test('what a worker logs about a batch that is recorded names its trace and span', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver) })
  await shops.add(MIXED, ['type', 'order', 'id', '1', 'data', 'no JSON', 'traceparent', PRODUCER.traceparent])
  await eventually(async () => expect(await shops.letters()).toHaveLength(1))
  await worker.stop()
  const lines = worker.log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  const told = lines.find(({ msg }) => msg === 'entries set aside as dead letters')
  expect(told).toMatchObject({ trace_id: PRODUCER.traceId, span_id: receiver.named('batch')[0]?.spanId })
  expect(lines.filter((line) => 'trace_id' in line)).toEqual([told])
})

test('metrics are sent too when asked for, the numbers that are scraped', async () => {
  await using receiver = await OtlpReceiver.start()
  await using shops = await PipelineOnServers.open(shopPipeline())
  await using worker = await WorkerProcess.start('worker-0', shops, {
    environment: { ...sendingTo(receiver), OTEL_METRICS_EXPORTER: 'otlp' },
  })
  await shops.publish(orders(0, 250))
  await shops.caughtUp()
  await eventually(async () => {
    const scraped = [...(await worker.samples())].filter(([name]) => name.startsWith('mp_worker_'))
    const sent = [...receiver.numbers].filter(([name]) => name.startsWith('mp_worker_'))
    const order = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : 1)
    expect(sent.toSorted(order)).toEqual(scraped.toSorted(order))
  })
  expect(receiver.numbers.get('mp_worker_entries_total{outcome="persisted"}')).toBe(250)
})

test('a composite is a span of the worker that calculates it', async () => {
  await using receiver = await OtlpReceiver.start()
  const composite = { minInterval: '1s', maxStale: '30s', eventThreshold: 1 }
  await using shops = await PipelineOnServers.open(shopPipeline({ composite }))
  await shops.publish(orders(0, 10))
  await using worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver) })
  await eventually(() =>
    expect(receiver.named('composite')[0]).toMatchObject({
      parentSpanId: undefined,
      attributes: { 'mp.scope': 'pipeline', 'mp.fence': expect.any(Number) },
      error: undefined,
    }),
  )
  expect(await worker.stop()).toBe(0)
})
