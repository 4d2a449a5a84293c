import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeEnvelope } from '../../../adapters/redis/envelope.ts'
import { eventually } from '../../support/eventually.ts'
import { OtlpReceiver } from '../../support/otlp/otlp-receiver.ts'
import { sendingTo } from '../../support/otlp/sent-soon.ts'
import { producerSpan } from '../../support/otlp/trace-context.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { MIXED, ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { order } from '../../support/shop-orders.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

// Which trace an event belongs to, in every form that an entry may have. One entry at a time, so that each is a batch.

let receiver: OtlpReceiver
let shops: PipelineOnServers
let worker: WorkerProcess

beforeAll(async () => {
  receiver = await OtlpReceiver.start()
  shops = await PipelineOnServers.open(shopPipeline())
  worker = await WorkerProcess.start('worker-0', shops, { environment: sendingTo(receiver) })
})

afterAll(async () => {
  await worker?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
  await receiver?.[Symbol.asyncDispose]()
})

const { id = '', time = '', data } = order(1)

const JSON_DATA = ['data', JSON.stringify(data)]

const AS_TEXT = Object.entries(data).flatMap(([name, value]) => [name, String(value)])

const ATTRIBUTES = ['id', id, 'type', 'order', 'time', time]

const envelope = (metadata: Readonly<Record<string, unknown>>) =>
  encodeEnvelope({ id, timestamp: time, channel: ORDERS, data, metadata })

let published = 0

/** The span of the one entry's batch. */
async function batchOf(stream: string, fields: readonly string[]) {
  receiver.spans.splice(0)
  await shops.db.query('truncate fact_order, mp_dead_letter')
  await shops.add(stream, fields)
  await shops.caughtUp()
  expect(await shops.letters()).toEqual([])
  expect(await shops.count('fact_order')).toBe(1)
  return await eventually(() => {
    const [batch] = receiver.named('batch')
    if (batch === undefined) throw new Error('no span of a batch has come')
    return batch
  })
}

test.each<[sentence: string, stream: string, fields: (traceparent: string) => readonly string[]]>([
  ['flat fields with JSON data', MIXED, (it) => [...ATTRIBUTES, ...JSON_DATA, 'traceparent', it]],
  ['flat fields with text alone', MIXED, (it) => ['traceparent', it, ...ATTRIBUTES, ...AS_TEXT]],
  ['a CloudEvents binding', MIXED, (it) => [...ATTRIBUTES, 'ce_traceparent', it, ...JSON_DATA]],
  [
    'another CloudEvents binding',
    MIXED,
    (it) => [...ATTRIBUTES, 'ce-traceparent', it, 'ce-tracestate', 'a=1', ...JSON_DATA],
  ],
  [
    'two bindings at once, of which the first holds',
    MIXED,
    (it) => [...ATTRIBUTES, 'ce_traceparent', it, 'traceparent', producerSpan(999).traceparent, ...JSON_DATA],
  ],
  [
    'many fields',
    MIXED,
    (it) => [
      ...ATTRIBUTES,
      ...JSON_DATA,
      ...Array.from({ length: 40 }, (_, n) => [`x${n}`, 'y']).flat(),
      'traceparent',
      it,
      'ce_traceparent',
      it,
    ],
  ],
  ['an envelope', ORDERS, (it) => envelope({ traceparent: it })],
])('an event belongs to the trace that it names in %s', async (_sentence, stream, fields) => {
  published += 1
  const producer = producerSpan(published)
  const batch = await batchOf(stream, fields(producer.traceparent))
  expect(batch).toMatchObject({ traceId: producer.traceId, parentSpanId: producer.spanId, links: [] })
})

test.each<[sentence: string, stream: string, fields: (parent: string, state: string) => readonly string[]]>([
  ['flat fields', MIXED, (parent, state) => [...ATTRIBUTES, ...JSON_DATA, 'tracestate', state, 'traceparent', parent]],
  [
    'a CloudEvents binding',
    MIXED,
    (parent, state) => [...ATTRIBUTES, 'ce_traceparent', parent, 'ce_tracestate', state, ...JSON_DATA],
  ],
  ['an envelope', ORDERS, (parent, state) => envelope({ traceparent: parent, tracestate: state })],
])(
  'what tracing systems noted for each other goes on in %s, unless it is too long',
  async (_sentence, stream, fields) => {
    const { traceparent, traceId } = producerSpan(900)
    const longest = `rojo=00f067aa0ba902b7,congo=${'t'.repeat(256)},more=${'m'.repeat(512 - 290)}`
    expect(longest).toHaveLength(512)
    expect(await batchOf(stream, fields(traceparent, longest))).toMatchObject({ traceId, traceState: longest })
    expect(await batchOf(stream, fields(traceparent, `${longest}m`))).toMatchObject({ traceId, traceState: undefined })
    expect(await batchOf(stream, fields(traceparent, 'no state'))).toMatchObject({ traceId, traceState: undefined })
  },
)

const { traceId } = producerSpan(1_000)

test.each<[sentence: string, stream: string, fields: readonly string[]]>([
  ['there is none', MIXED, [...ATTRIBUTES, ...JSON_DATA]],
  ['it is empty', MIXED, [...ATTRIBUTES, ...JSON_DATA, 'traceparent', '']],
  ['it is no traceparent', MIXED, [...ATTRIBUTES, ...JSON_DATA, 'traceparent', 'from the web shop']],
  [
    'it is very long',
    MIXED,
    [...ATTRIBUTES, ...JSON_DATA, 'traceparent', `01-${traceId}-${'b'.repeat(16)}-01-${'x'.repeat(100_000)}`],
  ],
  ['it is not recorded', MIXED, [...ATTRIBUTES, ...JSON_DATA, 'traceparent', producerSpan(1_001, false).traceparent]],
  ['its envelope has a number there', ORDERS, envelope({ traceparent: 7 })],
  [
    'its envelope has it among the data',
    ORDERS,
    encodeEnvelope({
      id,
      timestamp: time,
      channel: ORDERS,
      data: { ...data, traceparent: producerSpan(1_002).traceparent },
    }),
  ],
])('an event is taken all the same, and begins a trace, where %s', async (_sentence, stream, fields) => {
  expect(await batchOf(stream, fields)).toMatchObject({ parentSpanId: undefined, links: [] })
})
