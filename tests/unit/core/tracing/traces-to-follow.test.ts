import { expect, test } from 'vitest'
import { MOST_TRACES, tracesToFollow } from '../../../../core/tracing/traces-to-follow.ts'

const traceparent = (n: number, flags = '01') =>
  `00-${n.toString(16).padStart(32, '0')}-${n.toString(16).padStart(16, '0')}-${flags}`

const named = (text: string | undefined) => (text === undefined ? undefined : { traceparent: text })

const followed = (texts: readonly (string | undefined)[]) => [...tracesToFollow(texts.map(named)).keys()]

test.each<[sentence: string, texts: readonly (string | undefined)[], expected: readonly string[]]>([
  ['none is followed where there is none', [undefined, undefined], []],
  [
    'each is followed once',
    [traceparent(2), undefined, traceparent(1), traceparent(2)],
    [traceparent(2), traceparent(1)],
  ],
  ['what is not recorded is not followed', [traceparent(1, '00'), traceparent(2)], [traceparent(2)]],
  ['what is no traceparent is not followed', ['nonsense', traceparent(1)], [traceparent(1)]],
])('%s', (_sentence, texts, expected) => {
  expect(followed(texts)).toEqual(expected)
})

test('of many the first are followed, and no more are looked at', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => traceparent(n + 1))
  let looked = 0
  function* looking() {
    for (const each of many) {
      looked += 1
      yield named(each)
    }
  }
  expect([...tracesToFollow(looking()).keys()]).toEqual(many.slice(0, MOST_TRACES))
  expect(looked).toBe(MOST_TRACES)
})
