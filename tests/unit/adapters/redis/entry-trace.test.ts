import { expect, test } from 'vitest'
import { traceOf } from '../../../../adapters/redis/entry-trace.ts'
import { encodeEnvelope } from '../../../../adapters/redis/envelope.ts'
import { producerSpan } from '../../../support/otlp/trace-context.ts'

const { traceparent: recorded } = producerSpan(1)
const { traceparent: unrecorded } = producerSpan(2, false)

const envelope = (metadata: Readonly<Record<string, unknown>>, data: Readonly<Record<string, unknown>> = {}) =>
  encodeEnvelope({ id: '1', timestamp: '2001-01-01T00:00:00Z', channel: 'orders', data, metadata })

const entry = (fields: readonly string[], attempts = 1) => ({ stream: 'orders', id: '1-1', fields, attempts })

test.each<[sentence: string, fields: readonly string[], attempts: number, found: string | undefined]>([
  ['an envelope with a recorded span is followed', envelope({ traceparent: recorded }), 1, recorded],
  ['one with a span that is not recorded is not', envelope({ traceparent: unrecorded }), 1, undefined],
  ['one with a span among its data is not', envelope({}, { traceparent: recorded }), 1, undefined],
  ['one that is no JSON is not', ['message', `{"traceparent":"${recorded}"`], 1, undefined],
  ['flat fields are', ['type', 'order', 'traceparent', recorded], 1, recorded],
  ['an envelope that may be deadly is not looked at', envelope({ traceparent: recorded }), 10, undefined],
  ['nor are flat fields that may be', ['traceparent', recorded], 10, undefined],
])('%s', (_sentence, fields, attempts, found) => {
  expect(traceOf(entry(fields, attempts))?.traceparent).toBe(found)
})
