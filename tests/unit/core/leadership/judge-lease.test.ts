import { expect, test } from 'vitest'
import { judgeLease, mayLead } from '../../../../core/leadership/judge-lease.ts'

const seen = { holder: 'another', lastsMs: 15_000, sinceMs: 1_000 }

test.each([
  ['a lease that is not there is taken', undefined, 1_000, { action: 'take', reason: 'nobody-held-it' }],
  ['one that was given back is taken', { ...seen, holder: '' }, 1_000, { action: 'take', reason: 'given-back' }],
  ['one that is held is waited for', seen, 4_000, { action: 'wait', forMs: 12_000 }],
  ['to the millisecond', seen, 15_999, { action: 'wait', forMs: 1 }],
  [
    'and taken when it has looked the same for as long as it lasts',
    seen,
    16_000,
    { action: 'take', reason: 'expired' },
  ],
  ['which its holder decided', { ...seen, lastsMs: 60_000 }, 16_000, { action: 'wait', forMs: 45_000 }],
])('%s', (_sentence, lease, nowMs, decision) => {
  expect(judgeLease(lease, nowMs)).toEqual(decision)
})

test.each([
  ['has just renewed', 0, true],
  ['has not renewed for two attempts', 9_999, true],
  ['has not for so long that the rest of the lease is needed for what is under way', 10_000, false],
])('one that %s leads: %i ms after that, %s', (_sentence, sinceMs, leads) => {
  expect(mayLead(5_000, 5_000 + sinceMs)).toBe(leads)
})
