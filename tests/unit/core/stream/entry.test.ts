import { expect, test } from 'vitest'
import { attemptsOf, isDeadly, readTogether } from '../../../../core/stream/entry.ts'

test.each<[string, readonly number[], readonly number[]]>([
  ['plain entries are read together', [2, 4, 1], [2, 4, 1]],
  ['those before a suspicious one are read without it', [2, 4, 5, 1], [2, 4]],
  ['a suspicious one is read alone', [5, 1, 6], [5]],
  ['where there is none, none is read', [], []],
])('%s', (_sentence, attempts, together) => {
  const pending = attempts.map((each, i) => ({ id: `1-${i}`, attempts: each }))
  expect(readTogether(pending).map((entry) => entry.attempts)).toEqual(together)
})

test('an entry that is read in place of a deadly one, which was acknowledged just now, is not taken for it', () => {
  const attempts = attemptsOf([{ id: '1-1', attempts: 10 }])
  expect(['1-1', '1-2'].map(attempts)).toEqual([10, 1])
})

test.each([
  [9, false],
  [10, true],
])('an entry delivered %i times is deadly: %s', (attempts, deadly) => {
  expect(isDeadly({ stream: 's', id: '1-1', fields: [], attempts })).toBe(deadly)
})
