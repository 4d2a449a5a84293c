import { context, createTraceState, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EventProducer } from '../../../adapters/redis/event-producer.ts'
import { eventually } from '../../support/eventually.ts'
import { producerSpan } from '../../support/otlp/trace-context.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { order, orders } from '../../support/shop-orders.ts'

// A program that has the package as a library, with a tracer provider of its own.

interface EndedSpan {
  readonly name: string
  readonly parentSpanContext?: object
}

const spans: EndedSpan[] = []

const named = (name: string) => spans.filter((span) => span.name === name)

const nothing = async () => undefined

const sdk = new NodeSDK({
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: (span) => void spans.push(span),
      forceFlush: nothing,
      shutdown: nothing,
    },
  ],
  metricReaders: [],
  logRecordProcessors: [],
  autoDetectResources: false,
})

beforeAll(() => sdk.start())

afterAll(() => sdk.shutdown())

test('what a worker does is no part of the span in which it was started', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await trace.getTracer('a program').startActiveSpan('start up', () => shops.startWorker())
  await shops.publish(orders(0, 10))
  await shops.caughtUp()
  for (const name of ['batch', 'evaluate']) {
    await eventually(() => expect(named(name), name).not.toEqual([]))
    for (const { parentSpanContext } of named(name)) expect(parentSpanContext, name).toBeUndefined()
  }
})

test('what was noted for other tracing systems goes from the program into the entry, and an event keeps what it brings', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  const { traceId, spanId } = producerSpan(1)
  const remote = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, traceState: createTraceState('shop=web') }
  const brought = { traceparent: producerSpan(2).traceparent, tracestate: 'till=7' }
  const [own, other, bare] = [order(0), order(1), order(2)]
  const producer = await EventProducer.connect(shops.redisUrl)
  await context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () =>
    producer.publish([own, { ...other, ...brought }, { ...bare, traceparent: brought.traceparent }]),
  )
  await producer.close()
  const entries = await shops.redis.xrange(ORDERS, '-', '+')
  const noted = entries.map(([, fields]) => fields[fields.indexOf('tracestate') + 1])
  expect(entries.map(([, fields]) => fields.includes('tracestate'))).toEqual([true, true, false])
  expect(noted.slice(0, 2)).toEqual(['shop=web', 'till=7'])
  expect(entries[0]?.[1].find((field) => field.startsWith('00-'))).toContain(traceId)
})
