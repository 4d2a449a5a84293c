import { describe, expect, test } from 'vitest'
import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, parseInstant } from '../../../../core/time/instant.ts'
import {
  entersWindowAt,
  isInWindow,
  leavesWindowAt,
  type WindowAlignment,
  windowLabel,
  windowStart,
} from '../../../../core/time/window.ts'

const NOON = instant('2026-11-23T12:00:00Z')
const MIDNIGHT = instant('2026-11-23T00:00:00Z')

function instant(text: string): Instant {
  const parsed = parseInstant(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.instant
}

describe('a window of seven days', () => {
  test.each<[string, Instant, WindowAlignment, string]>([
    ['begins seven whole days before today', NOON, 'UtcDay', '2026-11-16T00:00:00Z'],
    ['begins at the same instant until midnight', MIDNIGHT + MICROS_PER_DAY - 1, 'UtcDay', '2026-11-16T00:00:00Z'],
    ['moves on by a day at midnight', MIDNIGHT + MICROS_PER_DAY, 'UtcDay', '2026-11-17T00:00:00Z'],
    ['begins 168 hours ago when it slides', NOON, 'Sliding', '2026-11-16T12:00:00Z'],
    ['begins at one instant in both alignments at midnight', MIDNIGHT, 'Sliding', '2026-11-16T00:00:00Z'],
  ])('%s', (_sentence, asOf, alignment, start) => {
    expect(windowStart(asOf, 7, alignment)).toBe(instant(start))
  })

  test.each<[string, Instant, WindowAlignment, boolean]>([
    ['holds its first microsecond', instant('2026-11-16T00:00:00Z'), 'UtcDay', true],
    ['does not hold the one before', instant('2026-11-16T00:00:00Z') - 1, 'UtcDay', false],
    ['holds the microsecond before its as-of', NOON - 1, 'UtcDay', true],
    ['does not hold its as-of', NOON, 'UtcDay', false],
    ['holds nothing dated ahead', NOON + MICROS_PER_MINUTE, 'UtcDay', false],
    ['holds its first microsecond when it slides', instant('2026-11-16T12:00:00Z'), 'Sliding', true],
    ['does not hold the one before when it slides', instant('2026-11-16T12:00:00Z') - 1, 'Sliding', false],
  ])('%s', (_sentence, at, alignment, inside) => {
    expect(isInWindow(at, NOON, 7, alignment)).toBe(inside)
  })

  test.each<[string, Instant, WindowAlignment, string]>([
    ['is left at the midnight after seven whole days', NOON, 'UtcDay', '2026-12-01T00:00:00Z'],
    ['is left no sooner by what stood at midnight', MIDNIGHT, 'UtcDay', '2026-12-01T00:00:00Z'],
    ['is left a microsecond after 168 hours when it slides', NOON, 'Sliding', '2026-11-30T12:00:00.000001Z'],
  ])('%s', (_sentence, at, alignment, left) => {
    expect(leavesWindowAt(at, 7, alignment)).toBe(instant(left))
  })

  test('is entered a microsecond after the fact', () => {
    expect(entersWindowAt(NOON)).toBe(NOON + 1)
  })

  test('is called 7d', () => {
    expect(windowLabel(7)).toBe('7d')
  })
})
