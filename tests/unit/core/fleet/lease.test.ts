import { expect, test } from 'vitest'
import { mayRead } from '../../../../core/fleet/lease.ts'

test.each([
  ['right after a renewal', 1_000, 1_000, true],
  ['within seven tenths of the lease', 1_000, 1_699, true],
  ['no longer than that', 1_000, 1_700, false],
  ['not after it has run out', 1_000, 9_000, false],
])('a worker may read a shard %s', (_name, renewedAt, now, expected) => {
  expect(mayRead(renewedAt, now, 1_000)).toBe(expected)
})
