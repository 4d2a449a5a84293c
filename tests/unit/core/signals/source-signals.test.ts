import { expect, test } from 'vitest'
import type { SourceSignals } from '../../../../core/signals/pipeline-signals.ts'
import { sourceSignals } from '../../../../core/signals/source-signals.ts'
import type { GroupLook, SeenStream, StreamLook } from '../../../../core/signals/stream-look.ts'

const GROUP: GroupLook = {
  lastDeliveredId: '50000-0',
  lag: 3,
  pending: 2,
  oldestPendingId: '40000-0',
  nextId: '60000-0',
  counted: { entries: 3, isAll: true },
}

function look(group: Partial<GroupLook> | undefined, seen: Partial<SeenStream> = {}): StreamLook {
  const whole = group === undefined ? undefined : { ...GROUP, ...group }
  const stream = { now: 100_000, length: 10, entriesAdded: 20, firstId: '40000-0', lastId: '90000-0' }
  return { stream: 'orders', seen: { ...stream, group: whole, ...seen } }
}

const NONE_PENDING = { pending: 0, oldestPendingId: undefined }
const EMPTY = { length: 0, firstId: undefined }

test.each<[sentence: string, look: StreamLook, backlog: number, ageMs: number | null, isDrained: boolean]>([
  ['undelivered and pending ones together', look({}), 5, 60_000, false],
  ['where nothing is pending, the first undelivered one is the oldest', look(NONE_PENDING), 3, 40_000, false],
  ['where all were delivered, the first pending one is', look({ nextId: undefined }), 2, 60_000, false],
  ['all is done, whatever the server says', look({ ...NONE_PENDING, nextId: undefined }), 0, null, true],
  ['what is pending was deleted from the stream since', look({ nextId: undefined }, EMPTY), 2, 60_000, false],
  ['the stream is empty', look({ ...NONE_PENDING, nextId: undefined }, EMPTY), 0, null, true],
  ['an id from a clock that runs ahead', look({ ...NONE_PENDING, nextId: '170000-5' }), 3, 0, false],
])('backlog, age and whether all is drained: %s', (_sentence, seen, backlog, oldestEventAgeMs, isDrained) => {
  expect(sourceSignals([seen], 'Latest')).toMatchObject({
    backlog,
    backlogIs: 'exact',
    oldestEventAgeMs,
    isDrained,
    streams: [{ backlog, backlogIs: 'exact', entriesAdded: 20, state: 'ok' }],
  })
})

test.each<[sentence: string, 'Earliest' | 'Latest', look: StreamLook, Partial<SourceSignals>]>([
  [
    'that will begin with the first entry has all before it',
    'Earliest',
    look(undefined),
    { backlog: 10, backlogIs: 'exact', oldestEventAgeMs: 60_000, isDrained: false },
  ],
  [
    'that will begin with the next one, or was there and is gone, may have any',
    'Latest',
    look(undefined),
    { backlog: null, backlogIs: 'estimated', oldestEventAgeMs: null, isDrained: false },
  ],
  [
    'has none before it in an empty stream',
    'Latest',
    look(undefined, EMPTY),
    { backlog: 0, backlogIs: 'exact', oldestEventAgeMs: null, isDrained: true },
  ],
])('a group that is not there %s', (_sentence, startFrom, seen, signals) => {
  expect(sourceSignals([seen], startFrom)).toMatchObject({ ...signals, pending: 0, streams: [{ state: 'no-group' }] })
})

test('of several streams: sums, the oldest, and nothing for those that do not exist', () => {
  const returns = { ...look({ oldestPendingId: '30000-0' }), stream: 'returns' }
  const seen = { backlog: 5, backlogIs: 'exact', pending: 2, length: 10, entriesAdded: 20, state: 'ok' }
  expect(sourceSignals([look({}), returns, { stream: 'visits', seen: undefined }], 'Earliest')).toEqual({
    backlog: 10,
    backlogIs: 'exact',
    pending: 4,
    oldestEventAgeMs: 70_000,
    isDrained: false,
    streams: [
      { stream: 'orders', ...seen },
      { stream: 'returns', ...seen },
      { stream: 'visits', backlog: 0, backlogIs: 'exact', pending: 0, length: 0, entriesAdded: 0, state: 'missing' },
    ],
  })
})

test('a source is known no better than the stream that is known worst', () => {
  const is = (...looks: readonly StreamLook[]) => sourceSignals(looks, 'Earliest').backlogIs
  const more = look({ counted: { entries: 3, isAll: false } })
  const said = look({ counted: undefined })
  expect([is(look({})), is(look({}), more), is(more, said, look({}))]).toEqual(['exact', 'at-least', 'estimated'])
})

test('one unknown makes the sum unknown, and leaves what is pending', () => {
  const unknown = look({ lag: undefined, counted: undefined })
  expect(sourceSignals([unknown, look({})], 'Earliest')).toMatchObject({ backlog: null, pending: 4 })
})

test('that a server does not count what it took is no zero', () => {
  const [stream] = sourceSignals([look({}, { entriesAdded: undefined })], 'Earliest').streams
  expect(stream?.entriesAdded).toBe(null)
})
