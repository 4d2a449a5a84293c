import { expect, test } from 'vitest'
import { judgeStream } from '../../../../core/stream/judge-stream.ts'

const sound = { lastGeneratedId: '1000-5', length: 10, group: { lastDeliveredId: '1000-2', lag: 3 } }

test.each([
  ['nothing is wrong with a stream that is being read', {}, '1000-2', undefined],
  ['nothing with one that is read to its end', { group: { lastDeliveredId: '1000-5', lag: 0 } }, '1000-5', undefined],
  [
    'nothing with one that was never written',
    { lastGeneratedId: '0-0', length: 0, group: { lastDeliveredId: '0-0', lag: 0 } },
    '0-0',
    undefined,
  ],
  [
    'nothing is known to be wrong where the server does not know the lag',
    { length: 0, group: { lastDeliveredId: '1000-2', lag: undefined } },
    '1000-2',
    undefined,
  ],
  ['an end before what was committed is a regress, by sequence', {}, '1000-6', 'stream-regressed'],
  ['an end before what was committed is a regress, by time', {}, '1001-0', 'stream-regressed'],
  ['ids compare as numbers', { lastGeneratedId: '10000-0' }, '9000-0', undefined],
  ['more to deliver than there is was trimmed', { length: 2 }, '1000-2', 'entries-trimmed'],
  ['an empty stream with something to deliver was trimmed', { length: 0 }, '1000-2', 'entries-trimmed'],
  ['without its group only the end tells', { length: 0, group: undefined }, '1000-2', undefined],
])('%s', (_name, change, committed, kind) => {
  expect(judgeStream({ ...sound, ...change }, committed)?.kind).toBe(kind)
})

test('says how many are lost at least', () => {
  expect(judgeStream({ ...sound, length: 1 }, '0-0')).toMatchObject({
    entries: 2,
    detail: 'at least 2 entries were removed after 1000-2 before any worker was given them',
  })
})
