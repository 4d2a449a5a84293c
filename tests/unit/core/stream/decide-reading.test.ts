import { expect, test } from 'vitest'
import {
  decideReading,
  isWithinReach,
  provesReach,
  type Reading,
  type ReadingState,
} from '../../../../core/stream/decide-reading.ts'

const state: ReadingState = { readable: 2, hasUnreadPending: false, nextLookBackAt: 5_000, failingSince: undefined }

test.each<[string, Partial<ReadingState>, ReturnType<typeof decideReading>]>([
  ['new entries are read', {}, 'new'],
  ['pending entries come first', { hasUnreadPending: true }, 'own-pending'],
  ['also before a look back', { hasUnreadPending: true, nextLookBackAt: 0 }, 'own-pending'],
  ['a look back comes when it is time', { nextLookBackAt: 1_000 }, 'look-back'],
  ['without a stream there is nothing to read', { readable: 0, hasUnreadPending: true, nextLookBackAt: 0 }, 'nothing'],
  [
    'without a stream, and out of reach, one looks whether reading would work',
    { readable: 0, failingSince: 0 },
    'probe',
  ],
  ['with streams, reading itself tells', { failingSince: 0 }, 'new'],
])('%s', (_sentence, change, reading) => {
  expect(decideReading({ ...state, ...change }, 1_000)).toBe(reading)
})

test.each<[string, Reading, number, boolean]>([
  ['new entries were read', 'new', 3, true],
  ['there were no new ones to read', 'new', 0, true],
  ['pending ones were read', 'own-pending', 3, true],
  ['a server that takes no writes says as well that nothing is pending', 'own-pending', 0, false],
  ['and lets one look back', 'look-back', 0, false],
  ['a probe is refused by it', 'probe', 0, true],
  ['to do nothing shows nothing', 'nothing', 0, false],
])('%s', (_sentence, reading, entries, proves) => {
  expect(provesReach(reading, entries)).toBe(proves)
})

test.each<[string, number | undefined, number, boolean]>([
  ['streams that were read last time are within reach', undefined, 9_000, true],
  ['a failure or two is tolerated', 1_000, 2_999, true],
  ['whoever fails for two seconds is out of reach', 1_000, 3_000, false],
])('%s', (_sentence, failingSince, now, within) => {
  expect(isWithinReach(failingSince, now)).toBe(within)
})
