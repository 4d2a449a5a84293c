import { expect, test } from 'vitest'
import { decideReconnect, type WatchEnd } from '../../../../core/watch/decide-reconnect.ts'

const CLOSED: WatchEnd = { how: 'closed' }
const GONE: WatchEnd = { how: 'gone', afterListing: false }
const GONE_AGAIN: WatchEnd = { how: 'gone', afterListing: true }
const FAILED: WatchEnd = { how: 'failed' }
const REFUSED: WatchEnd = { how: 'refused', retryAfterMs: 7_000 }

test.each([
  [
    'a watch that the server closed after a while goes on at once',
    CLOSED,
    10_000,
    3,
    { relist: false, waitMs: 0, failures: 0 },
  ],
  [
    'one that it closed at once does not, lest it be asked without end',
    CLOSED,
    10,
    0,
    { relist: false, waitMs: 400, failures: 1 },
  ],
  ['and waits longer each time', CLOSED, 10, 3, { relist: false, waitMs: 3_200, failures: 4 }],
  ['a version that is forgotten asks for a listing at once', GONE, 10, 0, { relist: true, waitMs: 0, failures: 0 }],
  ['after many failures, too', GONE, 10, 9, { relist: true, waitMs: 0, failures: 0 }],
  ['but not again and again', GONE_AGAIN, 10, 1, { relist: true, waitMs: 800, failures: 2 }],
  ['a failure asks for no listing', FAILED, 10, 0, { relist: false, waitMs: 400, failures: 1 }],
  [
    'after a watch that worked for a while counting begins anew',
    FAILED,
    60_000,
    9,
    { relist: false, waitMs: 400, failures: 1 },
  ],
  ['no wait is longer than half a minute', FAILED, 10, 50, { relist: false, waitMs: 15_000, failures: 51 }],
  ['a server that asks for time gets it', REFUSED, 10, 0, { relist: false, waitMs: 7_000, failures: 1 }],
  ['and more, when it goes on refusing', REFUSED, 10, 5, { relist: false, waitMs: 12_800, failures: 6 }],
])('%s', (_sentence, end, lastedMs, failures, expected) => {
  expect(decideReconnect(end, lastedMs, failures, 0)).toEqual(expected)
})

test('who failed together does not come back together', () => {
  expect(decideReconnect(FAILED, 0, 50, 0).waitMs).toBe(15_000)
  expect(decideReconnect(FAILED, 0, 50, 0.999_999).waitMs).toBe(30_000)
})
