import { describe, expect, test } from 'vitest'
import type { GroupLook, SeenStream } from '../../../../core/signals/stream-look.ts'
import { type Counting, judgeUndelivered, shouldCount, type Undelivered } from '../../../../core/signals/undelivered.ts'

// Ten entries, one a second from 10 s to 20 s by their ids, of which half were delivered.
const GROUP: GroupLook = {
  lastDeliveredId: '15000-0',
  lag: 3,
  pending: 2,
  oldestPendingId: '14000-0',
  nextId: '16000-0',
  counted: undefined,
}

const counted = (entries: number, isAll = true) => ({ counted: { entries, isAll } })

function seen(group: Partial<GroupLook> | undefined, stream: Partial<SeenStream> = {}): SeenStream {
  return {
    now: 100_000,
    length: 10,
    entriesAdded: 20,
    firstId: '10000-0',
    lastId: '20000-0',
    group: group && { ...GROUP, ...group },
    ...stream,
  }
}

const exactly = (entries: number): Undelivered => ({ entries, is: 'exact' })
const NOTHING_DELIVERED = { lastDeliveredId: '9999-7', nextId: '10000-0' }
const EMPTY = { length: 0, firstId: undefined }

describe('entries that were not delivered', () => {
  test.each<[sentence: string, seen: SeenStream, undelivered: Undelivered]>([
    ['nothing comes after the last delivered one, whatever the server says', seen({ nextId: undefined }), exactly(0)],
    ['nothing of what is here was delivered, whatever the server says', seen(NOTHING_DELIVERED), exactly(10)],
    ['the same though the server says nothing', seen({ ...NOTHING_DELIVERED, lag: undefined }), exactly(10)],
    [
      'the first of what is here was delivered',
      seen({ lastDeliveredId: '10000-0', nextId: '11000-0', lag: 9 }),
      { entries: 9, is: 'estimated' },
    ],
    ['the group stands before an empty stream', seen({ nextId: undefined }, EMPTY), exactly(0)],
    ['they were counted', seen({ ...counted(5) }), exactly(5)],
    ['they were counted, and the server says more', seen({ ...counted(5), lag: 9_000 }), exactly(5)],
    ['they were counted, and the server says nothing', seen({ ...counted(5), lag: undefined }), exactly(5)],
    [
      'there are more than were counted, and the server says how many',
      seen({ ...counted(4, false), lag: 6 }),
      { entries: 6, is: 'at-least' },
    ],
    ['the server says fewer than were counted', seen({ ...counted(4, false), lag: 0 }), { entries: 4, is: 'at-least' }],
    [
      'the server says more than the stream holds',
      seen({ ...counted(4, false), lag: 11 }),
      { entries: 10, is: 'at-least' },
    ],
    [
      'there are more than were counted, and the server says nothing: as if entries had come at an even pace',
      seen({ ...counted(4, false), lag: undefined }),
      { entries: 5, is: 'at-least' },
    ],
    [
      'the same, where all came in one millisecond',
      seen({ ...counted(4, false), lag: undefined, lastDeliveredId: '10000-5' }, { lastId: '10000-9' }),
      { entries: 10, is: 'at-least' },
    ],
    ['nobody counted them', seen({ lag: 3 }), { entries: 3, is: 'estimated' }],
    [
      'nobody counted them, and the server forgets the one that is seen',
      seen({ lag: 0 }),
      { entries: 1, is: 'estimated' },
    ],
    [
      'nobody counted them, and the server says more than there is',
      seen({ lag: 11 }),
      { entries: 10, is: 'estimated' },
    ],
    ['nobody knows', seen({ lag: undefined }), { entries: null, is: 'estimated' }],
  ])('%s', (_sentence, stream, undelivered) => {
    expect(judgeUndelivered(stream, 'Latest')).toEqual(undelivered)
  })

  test.each<
    [sentence: string, startFrom: 'Earliest' | 'Latest', stream: Partial<SeenStream>, undelivered: Undelivered]
  >([
    ['that will begin with the first entry has all before it', 'Earliest', {}, exactly(10)],
    [
      'that will begin with the next one, or was there and is gone, may have any',
      'Latest',
      {},
      { entries: null, is: 'estimated' },
    ],
    ['has none before it in an empty stream', 'Latest', EMPTY, exactly(0)],
  ])('a group that is not there %s', (_sentence, startFrom, stream, undelivered) => {
    expect(judgeUndelivered(seen(undefined, stream), startFrom)).toEqual(undelivered)
  })
})

describe('a count is asked for', () => {
  const LIMIT = 4

  test.each<[sentence: string, seen: SeenStream | undefined, unknown: boolean, doubtful: boolean, all: boolean]>([
    ['of which the server says nothing', seen({ lag: undefined }), true, true, true],
    ['that may have few', seen({ lag: LIMIT }), false, true, true],
    ['that should have many', seen({ lag: LIMIT + 1 }), false, false, true],
    ['whose ids say that there is none', seen({ lag: undefined, nextId: undefined }), false, false, false],
    ['whose ids say that all are', seen({ ...NOTHING_DELIVERED, lag: undefined }), false, false, false],
    ['without the group', seen(undefined), false, false, false],
    ['that is not there', undefined, false, false, false],
  ])('of a stream %s', (_sentence, stream, unknown, doubtful, all) => {
    const asked = (counting: Counting) => shouldCount({ stream: 'orders', seen: stream }, counting, LIMIT)
    expect({ unknown: asked('unknown'), doubtful: asked('doubtful'), all: asked('all') }).toEqual({
      unknown,
      doubtful,
      all,
    })
  })
})
