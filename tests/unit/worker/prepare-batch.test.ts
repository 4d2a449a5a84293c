import { expect, test } from 'vitest'
import { encodeEvent } from '../../../adapters/redis/event-producer.ts'
import { createEventParser, type Fact } from '../../../core/events/parse-event.ts'
import { type PreparedBatch, prepareBatch, prepareRest } from '../../../worker/prepare-batch.ts'
import { MIXED, shopPipeline } from '../../support/shop-manifest.ts'
import { orders } from '../../support/shop-orders.ts'

const context = {
  parse: createEventParser(shopPipeline().metricSet),
  typeOfStream: new Map<string, string>(),
  oldestKept: undefined,
  positionsOf: () => ({ consumer: 'worker-0', positions: [] }),
}

const entries = orders(0, 6).map((order, n) => ({
  stream: MIXED,
  id: `${n}-1`,
  fields: encodeEvent(order),
  attempts: 1,
}))

const at = (...numbers: readonly number[]) => numbers.flatMap((n) => entries[n] ?? [])

/** By their place among the facts of the batch. */
const traced = ({ batch }: PreparedBatch) => (batch.traced ?? []).map((event) => batch.facts.indexOf(event as Fact))

test('the facts of traced entries are known, and of no others', () => {
  expect(traced(prepareBatch(entries, context, at(1, 4)))).toEqual([1, 4])
  expect(traced(prepareBatch(entries, context))).toEqual([])
})

test.each<[sentence: string, part: readonly number[], expected: readonly number[]]>([
  ['the first half', [0, 1, 2], [1]],
  ['the second half', [3, 4, 5], [1]],
  ['what is left without the first of them', [0, 2, 3, 4, 5], [3]],
  ['what is left without any of them', [0, 2, 3, 5], []],
])('and they still are when a part is prepared again: %s', (_sentence, part, expected) => {
  const whole = prepareBatch(entries, context, at(1, 4))
  expect(traced(prepareRest(at(...part), context, whole))).toEqual(expected)
})
