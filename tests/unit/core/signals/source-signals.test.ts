import { expect, test } from 'vitest'
import { type GroupLook, type StreamLook, sourceSignals } from '../../../../core/signals/source-signals.ts'

const NOW = 100_000

const GROUP: GroupLook = {
  lastDeliveredId: '50000-0',
  lag: 3,
  pending: 2,
  oldestPendingId: '40000-0',
  nextId: '60000-0',
}

type Seen = NonNullable<StreamLook['seen']>

function look(group: Partial<GroupLook> | undefined, seen: Partial<Seen> = {}): StreamLook {
  const whole = group === undefined ? undefined : { ...GROUP, ...group }
  return {
    stream: 'orders',
    seen: { now: NOW, length: 10, entriesAdded: 20, firstId: '40000-0', group: whole, ...seen },
  }
}

test.each<[sentence: string, seen: StreamLook, backlog: number | null, ageMs: number | null]>([
  ['undelivered and pending ones together', look({}), 5, 60_000],
  [
    'where nothing is pending, the first undelivered one is the oldest',
    look({ pending: 0, oldestPendingId: undefined }),
    3,
    40_000,
  ],
  [
    'nothing comes after the last delivered one, whatever the server reports',
    look({ nextId: undefined, lag: 3 }),
    2,
    60_000,
  ],
  ['all is done', look({ nextId: undefined, lag: undefined, pending: 0, oldestPendingId: undefined }), 0, null],
  ['the server does not know', look({ lag: undefined }), null, 60_000],
  [
    'the server does not know, but nothing was delivered yet',
    look({ lag: undefined, pending: 0, oldestPendingId: undefined, lastDeliveredId: '0-0', nextId: '40000-0' }),
    10,
    60_000,
  ],
  ['the server reports more than there is', look({ lag: 33 }), 12, 60_000],
  ['the server reports nothing while one is there', look({ lag: 0 }), 3, 60_000],
  ['pending entries whose stream is empty', look({ nextId: undefined }, { length: 0, firstId: undefined }), 2, 60_000],
  ['an id from a clock that runs ahead', look({ pending: 0, oldestPendingId: undefined, nextId: '170000-5' }), 3, 0],
])('backlog and age: %s', (_sentence, seen, backlog, ageMs) => {
  expect(sourceSignals([seen], 'Latest')).toMatchObject({
    backlog,
    oldestEventAgeMs: ageMs,
    streams: [{ backlog, state: 'ok' }],
  })
})

test.each<
  [sentence: string, startFrom: 'Earliest' | 'Latest', seen: StreamLook, backlog: number | null, ageMs: number | null]
>([
  ['that will begin with the first entry has all before it', 'Earliest', look(undefined), 10, 60_000],
  [
    'that will begin with the next entry, or had begun and was lost, may have any',
    'Latest',
    look(undefined),
    null,
    null,
  ],
  ['has nothing before it in an empty stream', 'Latest', look(undefined, { length: 0, firstId: undefined }), 0, null],
])('a group that is not there %s', (_sentence, startFrom, seen, backlog, ageMs) => {
  expect(sourceSignals([seen], startFrom)).toEqual({
    backlog,
    backlogIs: backlog === null ? 'estimated' : 'exact',
    pending: 0,
    oldestEventAgeMs: ageMs,
    isDrained: backlog === 0,
    streams: [
      {
        stream: 'orders',
        backlog,
        backlogIs: backlog === null ? 'estimated' : 'exact',
        pending: 0,
        length: seen.seen?.length,
        entriesAdded: 20,
        state: 'no-group',
      },
    ],
  })
})

const SEEN = { backlog: 5, pending: 2, length: 10, entriesAdded: 20, state: 'ok' }

test('of several streams: sums, the oldest, and nothing for those that do not exist', () => {
  const other = { ...look({ oldestPendingId: '30000-0' }), stream: 'returns' }
  expect(sourceSignals([look({}), other, { stream: 'visits', seen: undefined }], 'Earliest')).toEqual({
    backlog: 10,
    backlogIs: 'estimated',
    pending: 4,
    oldestEventAgeMs: 70_000,
    isDrained: false,
    streams: [
      { stream: 'orders', backlogIs: 'estimated', ...SEEN },
      { stream: 'returns', backlogIs: 'estimated', ...SEEN },
      { stream: 'visits', backlog: 0, backlogIs: 'exact', pending: 0, length: 0, entriesAdded: 0, state: 'missing' },
    ],
  })
})

test('one unknown makes the sum unknown, and leaves what is pending', () => {
  expect(sourceSignals([look({ lag: undefined }), look({})], 'Earliest')).toMatchObject({ backlog: null, pending: 4 })
})
