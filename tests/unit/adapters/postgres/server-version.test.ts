import { expect, test } from 'vitest'
import { assertNewEnough } from '../../../../adapters/postgres/server-version.ts'

test.each([
  [180_000, '18.0'],
  [180_004, '18.4 (Debian 18.4-1)'],
  [190_001, '19.1'],
])('%i is new enough', (number, text) => {
  expect(() => assertNewEnough({ number, text })).not.toThrow()
})

test.each([
  [170_006, '17.6'],
  [90_624, '9.6.24'],
])('%i is too old, and the message says what to do', (number, text) => {
  expect(() => assertNewEnough({ number, text })).toThrow(
    expect.objectContaining({
      code: 'server-too-old',
      message: `the database runs PostgreSQL ${text}; PostgreSQL 18 or newer is needed: upgrade it, or name another one in DATABASE_URL`,
    }),
  )
})
