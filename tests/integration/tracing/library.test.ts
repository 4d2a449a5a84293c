import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

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
