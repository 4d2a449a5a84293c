import { describe, expect, test } from 'vitest'
import { dayOf, daysBefore, monthOf, startOfDay } from '../../../../core/time/calendar.ts'

const MIDNIGHT = Date.UTC(2026, 10, 23) * 1_000

describe('a day', () => {
  test.each([
    ['holds its first microsecond', MIDNIGHT, '2026-11-23'],
    ['does not hold the one before', MIDNIGHT - 1, '2026-11-22'],
  ])('%s', (_sentence, instant, day) => {
    expect(dayOf(instant)).toBe(day)
  })

  test.each([
    ['begins at midnight', '2026-11-23', MIDNIGHT],
    ['must exist', '2026-02-29', undefined],
    ['needs two digits for the month', '2026-1-01', undefined],
    ['is no instant', '2026-11-23T00:00:00Z', undefined],
    ['lies in the years that instants have', '2200-01-01', undefined],
  ])('%s', (_sentence, day, start) => {
    expect(startOfDay(day)).toBe(start)
  })

  test.each([
    ['of itself', 0, '2026-11-23'],
    ['a week ago', 7, '2026-11-16'],
    ['across a month', 23, '2026-10-31'],
  ])('%s', (_sentence, days, day) => {
    expect(daysBefore(MIDNIGHT + 1, days)).toBe(day)
  })
})

describe('a month', () => {
  test.each([
    ['is followed by the next', '2026-11-23', { first: '2026-11-01', next: '2026-12-01' }],
    ['is followed by January after December', '2026-12-31', { first: '2026-12-01', next: '2027-01-01' }],
    ['keeps its zero', '2026-01-31', { first: '2026-01-01', next: '2026-02-01' }],
  ])('%s', (_sentence, day, month) => {
    expect(monthOf(day)).toEqual(month)
  })
})
