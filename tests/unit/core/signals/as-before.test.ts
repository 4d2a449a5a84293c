import { expect, test } from 'vitest'
import { asBefore } from '../../../../core/signals/as-before.ts'

const seen = (backlog: number | null) => ({ backlog, streams: [{ stream: 'orders', backlog }] })

test('what is seen again is what was seen before, and nothing else is', () => {
  const before = seen(0)
  expect(asBefore(before, seen(0))).toBe(before)
  for (const now of [seen(1), seen(null), { ...seen(0), streams: [] }, { ...seen(0), pending: 0 }])
    expect(asBefore<unknown>(before, now)).toBe(now)
  const first = seen(0)
  expect(asBefore(undefined, first)).toBe(first)
})
