import { describe, expect, test } from 'vitest'
import { countersOf, type Work, type WorkCounters, workOf, workSince } from '../../../../core/load/work-since.ts'

const [MORNING, NOON] = ['2026-03-01T08:00:00Z', '2026-03-01T12:00:00Z']

const counters = (busyMs: number, entries: number, since = MORNING) => ({ since, busyMs, entries })

describe('what was done in the last five seconds', () => {
  test.each<[sentence: string, before: WorkCounters, now: WorkCounters, done: Work]>([
    ['nothing by nobody', {}, {}, { workers: 0, busyMs: 0, entries: 0 }],
    [
      'by a worker that goes on',
      { a: counters(1_000, 100) },
      { a: counters(3_000, 500) },
      { workers: 1, busyMs: 2_000, entries: 400 },
    ],
    [
      'by several, one of which does nothing',
      { a: counters(1_000, 100), b: counters(9, 9), c: counters(0, 0) },
      { a: counters(2_000, 200), b: counters(9, 9), c: counters(500, 10) },
      { workers: 2, busyMs: 1_500, entries: 110 },
    ],
    ['by one that is new', {}, { a: counters(2_000, 300) }, { workers: 1, busyMs: 2_000, entries: 300 }],
    [
      'by one that started again',
      { a: counters(60_000, 9_000) },
      { a: counters(2_000, 300, NOON) },
      { workers: 1, busyMs: 2_000, entries: 300 },
    ],
    [
      'by one that started again and got more done by now than before',
      { a: counters(2_000, 200) },
      { a: counters(3_000, 300, NOON) },
      { workers: 1, busyMs: 3_000, entries: 300 },
    ],
    [
      'unknown by one that was not seen for long: it did not do all of it since then',
      {},
      { a: counters(60_000, 9_000) },
      { workers: 0, busyMs: 0, entries: 0 },
    ],
    [
      'by one that is gone: what it did last is not known',
      { a: counters(9, 9) },
      {},
      { workers: 0, busyMs: 0, entries: 0 },
    ],
  ])('%s', (_sentence, before, now, done) => {
    expect(workSince(before, now, 5_000)).toEqual(done)
  })
})

test('in their whole lives workers did all that they counted', () => {
  expect(workOf({ a: counters(60_000, 9_000), b: counters(1_000, 10) })).toEqual({
    workers: 2,
    busyMs: 61_000,
    entries: 9_010,
  })
})

const member = (name: string, lastBeatAgeMs: number, busyMs: number | null, entriesDone: number | null) => ({
  name,
  lastBeatAgeMs,
  startedAt: MORNING,
  busyMs,
  entriesDone,
})

test.each([
  ['of all that say', [member('a', 10, 5, 7), member('b', 99_000, 1, 2)], { a: counters(5, 7), b: counters(1, 2) }],
  ['of nobody where one that is alive does not say', [member('a', 10, 5, 7), member('b', 10, null, null)], undefined],
  [
    'of the others where one that is gone did not say',
    [member('a', 10, 5, 7), member('b', 99_000, null, null)],
    { a: counters(5, 7) },
  ],
])('counters are %s', (_sentence, members, expected) => {
  expect(countersOf(members)).toEqual(expected)
})
