import { expect, test } from 'vitest'
import { SeldomLog } from '../../../../adapters/telemetry/seldom-log.ts'

test('of trouble that goes on one line a minute is written, which tells how many were left out', () => {
  const lines: unknown[] = []
  let now = 0
  const log = new SeldomLog(
    (text, leftOut) => lines.push([text, leftOut]),
    () => now,
  )
  for (now = 0; now < 150_000; now += 5_000) log.write(`down at ${now}`)
  expect(lines).toEqual([
    ['down at 0', 0],
    ['down at 60000', 11],
    ['down at 120000', 11],
  ])
})
