import { describe, expect, test } from 'vitest'
import {
  floorUtcDay,
  formatInstant,
  type InstantProblem,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  parseInstant,
} from '../../../../core/time/instant.ts'

const NOON = Date.UTC(2026, 10, 23, 12) * 1_000

describe('a text is an instant', () => {
  test.each([
    ['with Z', '2026-11-23T12:00:00Z', NOON],
    ['with small letters', '2026-11-23t12:00:00z', NOON],
    ['with a space for the T, as PostgreSQL prints it', '2026-11-23 12:00:00+00', NOON],
    ['without seconds', '2026-11-23T12:00Z', NOON],
    ['with an offset to the east, which is ahead', '2026-11-23T17:30:00+05:30', NOON],
    ['with an offset to the west', '2026-11-23T07:00:00-0500', NOON],
    ['with an offset of hours alone', '2026-11-23T13:00:00+01', NOON],
    ['with an offset into the day before', '2026-11-24T02:00:00+14:00', NOON],
    ['to the millisecond', '2026-11-23T12:00:00.250Z', NOON + 250_000],
    ['to the microsecond', '2026-11-23T12:00:00.000001Z', NOON + 1],
    ['with a comma, as ISO 8601 prefers', '2026-11-23T12:00:00,5Z', NOON + 500_000],
    ['to the nanosecond, cut', '2026-11-23T12:00:00.000001999Z', NOON + 1],
    [
      'a nanosecond before midnight, and stays before it',
      '2026-11-23T23:59:59.999999999Z',
      NOON + MICROS_PER_DAY / 2 - 1,
    ],
    ['on a leap day', '2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) * 1_000],
    ['on the leap day of a fourth century', '2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29) * 1_000],
    ['at the epoch', '1970-01-01T00:00:00Z', 0],
    ['before the epoch', '1969-12-31T23:59:59.999999Z', -1],
    ['at the first moment that is accepted', '1900-01-01T00:00:00Z', Date.UTC(1900, 0, 1) * 1_000],
    ['at the last', '2199-12-31T23:59:59.999999Z', Date.UTC(2200, 0, 1) * 1_000 - 1],
  ])('%s', (_sentence, text, instant) => {
    expect(parseInstant(text)).toEqual({ instant })
  })

  test.each([
    ['a naive one where UTC is meant by the format', '2026-11-23T12:00:00', NOON],
    ['a naive one with a fraction', '2026-11-23T12:00:00.5', NOON + 500_000],
    ['a date alone is its midnight', '2026-11-23', NOON - MICROS_PER_DAY / 2],
    ['an offset is believed all the same', '2026-11-23T13:00:00+01:00', NOON],
  ])('%s', (_sentence, text, instant) => {
    expect(parseInstant(text, 'utc')).toEqual({ instant })
  })
})

describe('a text is no instant', () => {
  test.each<[string, string, InstantProblem]>([
    ['without an offset', '2026-11-23T12:00:00', 'naive'],
    ['as a date alone', '2026-11-23', 'naive'],
    ['as a date with an offset but no time', '2026-11-23Z', 'malformed'],
    ['empty', '', 'malformed'],
    ['in words', 'yesterday', 'malformed'],
    ['as seconds since the epoch', '1795435200', 'malformed'],
    ['with blanks around it', ' 2026-11-23T12:00:00Z', 'malformed'],
    ['with a line break at the end', '2026-11-23T12:00:00Z\n', 'malformed'],
    ['in month 13', '2026-13-01T00:00:00Z', 'malformed'],
    ['in month 0', '2026-00-01T00:00:00Z', 'malformed'],
    ['on day 0', '2026-11-00T00:00:00Z', 'malformed'],
    ['on 31 November', '2026-11-31T00:00:00Z', 'malformed'],
    ['on 29 February of a common year', '2026-02-29T00:00:00Z', 'malformed'],
    ['on 29 February of a common century', '2100-02-29T00:00:00Z', 'malformed'],
    ['at hour 24', '2026-11-23T24:00:00Z', 'malformed'],
    ['at minute 60', '2026-11-23T12:60:00Z', 'malformed'],
    ['at a leap second, which PostgreSQL has not', '2016-12-31T23:59:60Z', 'malformed'],
    ['with an offset beyond 15 hours', '2026-11-23T12:00:00+16:00', 'malformed'],
    ['with an offset of 60 minutes past the hour', '2026-11-23T12:00:00+01:60', 'malformed'],
    ['with digits of another script', '２０２６-11-23T12:00:00Z', 'malformed'],
    ['before 1900', '1899-12-31T23:59:59Z', 'out-of-range'],
    ['from 2200 on', '2200-01-01T00:00:00Z', 'out-of-range'],
    ['moved before 1900 by its offset', '1900-01-01T00:00:00+00:01', 'out-of-range'],
    ['moved to 2200 by its offset', '2199-12-31T23:59:59-00:01', 'out-of-range'],
  ])('%s', (_sentence, text, problem) => {
    expect(parseInstant(text)).toEqual({ problem })
  })
})

describe('an instant as text', () => {
  test.each([
    ['has six fractional digits', NOON, '2026-11-23T12:00:00.000000Z'],
    ['keeps the microsecond', NOON + 1, '2026-11-23T12:00:00.000001Z'],
    ['counts backwards before the epoch', -1, '1969-12-31T23:59:59.999999Z'],
    ['knows leap days', Date.UTC(2024, 1, 29) * 1_000, '2024-02-29T00:00:00.000000Z'],
  ])('%s', (_sentence, instant, text) => {
    expect(formatInstant(instant)).toBe(text)
  })
})

describe('the start of the UTC day', () => {
  test.each([
    ['of noon', NOON, NOON - MICROS_PER_DAY / 2],
    ['of midnight is itself', 0, 0],
    ['of the last microsecond', MICROS_PER_DAY - 1, 0],
    ['of a minute before the epoch', -MICROS_PER_MINUTE, -MICROS_PER_DAY],
    ['of a midnight before the epoch is itself', -MICROS_PER_DAY, -MICROS_PER_DAY],
  ])('%s', (_sentence, instant, start) => {
    expect(floorUtcDay(instant)).toBe(start)
  })
})
