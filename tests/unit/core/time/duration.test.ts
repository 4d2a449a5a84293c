import { describe, expect, test } from 'vitest'
import { parseDurationMs } from '../../../../core/time/duration.ts'
import { parseWholeDays } from '../../../../core/time/whole-days.ts'

describe('a duration', () => {
  test.each([
    ['may be zero', '0s', 0],
    ['counts milliseconds', '250ms', 250],
    ['counts seconds', '30s', 30_000],
    ['counts minutes', '5m', 300_000],
    ['counts hours', '2h', 7_200_000],
    ['counts days of 24 hours', '7d', 604_800_000],
    ['adds its parts up', '1h30m', 5_400_000],
    ['tells minutes from milliseconds', '1m1ms', 60_001],
    ['needs a unit', '30', undefined],
    ['needs a number', 's', undefined],
    ['is not empty', '', undefined],
    ['is not negative', '-5s', undefined],
    ['has no fractions', '1.5h', undefined],
    ['has no blanks', '1h 30m', undefined],
    ['knows no weeks', '1w', undefined],
    ['must be countable', '99999999999999999d', undefined],
  ])('%s', (_sentence, text, ms) => {
    expect(parseDurationMs(text)).toBe(ms)
  })
})

describe('whole days', () => {
  test.each([
    ['are days', '90d', 90],
    ['may be written in hours', '168h', 7],
    ['are no part of a day', '36h', undefined],
    ['are not none', '0d', undefined],
    ['are a duration', '7', undefined],
  ])('%s', (_sentence, text, days) => {
    expect(parseWholeDays(text)).toBe(days)
  })
})
