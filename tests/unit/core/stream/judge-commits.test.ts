import { expect, test } from 'vitest'
import { type CommitOfEntries, judgeCommits, partOvertaken } from '../../../../core/stream/judge-commits.ts'

const entry = (id: string, stream = 's') => ({ stream, id, fields: [], attempts: 1 })

const [a, b, c] = [entry('1-1'), entry('1-2'), entry('1-3', 't')]

test.each<[string, readonly CommitOfEntries[], readonly object[], readonly object[]]>([
  ['what was committed is acknowledged', [{ kind: 'committed', entries: [a, b, c] }], [a, b, c], []],
  [
    'what was fenced is left to its new owner',
    [
      { kind: 'fenced', entries: [c] },
      { kind: 'committed', entries: [a, b] },
    ],
    [a, b],
    [],
  ],
  ['what a newer revision forbids stays pending', [{ kind: 'superseded', entries: [a, b, c] }], [], []],
  ['what was given up is forgiven', [{ kind: 'abandoned', entries: [a, b, c] }], [], [a, b, c]],
  [
    'also the part that nobody came to any more',
    [
      { kind: 'committed', entries: [a] },
      { kind: 'abandoned', entries: [b] },
    ],
    [a],
    [b, c],
  ],
])('%s', (_sentence, commits, acknowledge, forgive) => {
  expect(judgeCommits([a, b, c], commits)).toEqual({ acknowledge, forgive })
})

test('a batch is parted by the streams that were overtaken', () => {
  expect(partOvertaken([a, b, c], new Set(['t']))).toEqual({ entries: [c], rest: [a, b] })
})
