import { expect, test } from 'vitest'
import { type NamedTrace, namedTrace } from '../../../../core/tracing/named-trace.ts'
import { producerSpan } from '../../../support/otlp/trace-context.ts'

const { traceparent } = producerSpan(1)

test.each<[sentence: string, parent: unknown, state: unknown, expected: NamedTrace | undefined]>([
  ['a span alone', traceparent, undefined, { traceparent }],
  ['a span with what was noted on the way', traceparent, 'shop=web', { traceparent, tracestate: 'shop=web' }],
  ['nothing, where there is a note alone', undefined, 'shop=web', undefined],
  ['nothing, where what should be a span is none', 'from the web shop', 'shop=web', undefined],
  ['nothing, where it is no text', 7, undefined, undefined],
  ['a span alone, where the note is empty', traceparent, '', { traceparent }],
  ['a span alone, where the note is no text', traceparent, 7, { traceparent }],
  ['a span alone, where the note is longer than 512 characters', traceparent, 'x'.repeat(513), { traceparent }],
  ['all of a note of 512', traceparent, 'x'.repeat(512), { traceparent, tracestate: 'x'.repeat(512) }],
])('an event names %s', (_sentence, parent, state, expected) => {
  expect(namedTrace(parent, state)).toEqual(expected)
})
