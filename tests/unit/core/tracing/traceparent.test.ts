import { expect, test } from 'vitest'
import { formatTraceparent, parseTraceparent } from '../../../../core/tracing/traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

test.each<[sentence: string, text: string, sampled: boolean]>([
  ['a trace that is recorded', `00-${TRACE}-${SPAN}-01`, true],
  ['a trace that is not recorded', `00-${TRACE}-${SPAN}-00`, false],
  ['flags that nobody knows yet beside the one that is known', `00-${TRACE}-${SPAN}-ff`, true],
  ['a later version of the format', `01-${TRACE}-${SPAN}-01`, true],
  ['a later version with more to say', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
])('%s is read', (_sentence, text, sampled) => {
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled })
})

test.each<[sentence: string, text: string]>([
  ['nothing', ''],
  ['a word', 'none'],
  ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['a trace id that is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['the version that is forbidden', `ff-${TRACE}-${SPAN}-01`],
  ['more than this version has', `00-${TRACE}-${SPAN}-01-more`],
  ['a later version that ends in something else', `01-${TRACE}-${SPAN}-01.more`],
  ['a space before it', ` 00-${TRACE}-${SPAN}-01`],
  ['a line after it', `00-${TRACE}-${SPAN}-01\n`],
  ['a later version without an end', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000_000)}`],
])('%s is none', (_sentence, text) => {
  expect(parseTraceparent(text)).toBeUndefined()
})

test('what is written is read again', () => {
  for (const sampled of [true, false]) {
    const context = { traceId: TRACE, spanId: SPAN, sampled }
    expect(parseTraceparent(formatTraceparent(context))).toEqual(context)
  }
})
