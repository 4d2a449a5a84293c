import { expect, test } from 'vitest'
import { replayedFields } from '../../../../core/stream/replayed-fields.ts'

const ID = '1795000000000-3'

const TIME = ['time', '2026-11-18T11:06:40.000000Z']

const bytes = [Uint8Array.of(0x78), Uint8Array.of(0xff)]

test.each([
  ['an entry without a time is given that of its id', { fields: ['type', 'order'] }, ['type', 'order', ...TIME]],
  ['an entry with a time stays as it is', { fields: ['time', 'x'] }, ['time', 'x']],
  ['so does one with a prefix', { fields: ['ce_time', 'x'] }, ['ce_time', 'x']],
  ['a value called time is no name', { fields: ['type', 'time'] }, ['type', 'time', ...TIME]],
  ['an envelope stays as it is', { fields: ['message', '{}'] }, ['message', '{}']],
  ['bytes that are no UTF-8 stay as they are', { fields: ['x', '\uFFFD'], bytes }, [...bytes, ...TIME]],
])('%s', (_sentence, entry, expected) => {
  expect(replayedFields(entry, ID)).toEqual(expected)
})
