import { expect, test } from 'vitest'
import { mayNameRecordedSpan } from '../../../../core/tracing/recorded-in-json.ts'
import { producerSpan } from '../../../support/otlp/trace-context.ts'

const { traceId, spanId, traceparent: recorded } = producerSpan(1)
const { traceparent: unrecorded } = producerSpan(1, false)

test.each<[sentence: string, json: string, may: boolean]>([
  ['one that is recorded is', JSON.stringify({ metadata: { traceparent: recorded } }), true],
  ['one with blanks around it is', JSON.stringify({ metadata: { traceparent: recorded } }, null, 2), true],
  ['one with more flags is', JSON.stringify({ traceparent: `00-${traceId}-${spanId}-0b` }), true],
  ['one of a later version is', JSON.stringify({ traceparent: `01-${traceId}-${spanId}-01-more` }), true],
  ['one that is not recorded is not', JSON.stringify({ metadata: { traceparent: unrecorded } }), false],
  ['one with other flags alone is not', JSON.stringify({ traceparent: `00-${traceId}-${spanId}-02` }), false],
  ['one by another name is not', JSON.stringify({ note: recorded }), false],
  ['one that is none is not', JSON.stringify({ traceparent: 'from the web shop' }), false],
])('a traceparent is worth a parse where it may be recorded: %s', (_sentence, json, may) => {
  expect(mayNameRecordedSpan(json)).toBe(may)
})
