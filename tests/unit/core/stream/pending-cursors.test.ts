import { beforeEach, expect, test } from 'vitest'
import { type PendingCursor, PendingCursors } from '../../../../core/stream/pending-cursors.ts'

let cursors: PendingCursors
let begun: PendingCursor

beforeEach(() => {
  cursors = new PendingCursors()
  cursors.restart(['s'])
  begun = at('s') as PendingCursor
})

const at = (stream: string) => new Map(cursors.entries()).get(stream)

test('reading goes on where it ended, until nothing comes after', () => {
  cursors.advance('s', begun, '1-1')
  expect(at('s')).toEqual({ after: '1-1' })
  cursors.finish('s', at('s') as PendingCursor)
  expect(cursors.isEmpty).toBe(true)
})

test('a stream that was forgotten while it was read stays forgotten', () => {
  cursors.forget(['s'])
  cursors.advance('s', begun, '1-1')
  expect(cursors.isEmpty).toBe(true)
})

test.each<[string, () => void]>([
  ['got somewhere', () => cursors.advance('s', begun, '1-1')],
  ['found nothing', () => cursors.finish('s', begun)],
])('a stream that was asked for once more is read from the oldest, though a reading of before %s', (_case, end) => {
  cursors.restart(['s'])
  end()
  expect(at('s')).toEqual({ after: '0' })
})
