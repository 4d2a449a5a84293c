/**
 * An instant: whole microseconds since 1970-01-01T00:00:00Z, negative before it.
 *
 * A plain number holds it exactly up to the year 2255; PostgreSQL keeps the same precision, a JavaScript `Date` does not.
 */
export type Instant = number

export const MICROS_PER_MILLISECOND = 1_000
export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND
export const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

const FIRST_YEAR = 1900
const LAST_YEAR = 2199

export type InstantProblem = 'malformed' | 'naive' | 'out-of-range'

export type ParsedInstant = { readonly instant: Instant } | { readonly problem: InstantProblem }

const PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?$/

/**
 * Reads an ISO 8601 date and time with an offset.
 *
 * `naive: 'utc'` reads a text without an offset as UTC; otherwise it is the problem `naive`, for guessing a zone shifts windows.
 * Digits beyond the microsecond are cut, never rounded, so that an instant cannot cross a window's edge.
 */
export function parseInstant(text: string, naive: 'reject' | 'utc' = 'reject'): ParsedInstant {
  const usual = parseUsual(text)
  if (usual !== undefined) return usual
  const match = PATTERN.exec(text)
  if (match === null) return { problem: 'malformed' }

  const [, year, month, day, hour, minute, second, fraction, zone] = match
  if (zone === undefined && naive === 'reject') return { problem: 'naive' }
  if (zone !== undefined && hour === undefined) return { problem: 'malformed' }
  const offset = offsetMinutes(zone)
  if (offset === undefined) return { problem: 'malformed' }
  const micros = fraction === undefined ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0'))
  const time = secondsOfDay(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0))
  return instantOf(Number(year), Number(month), Number(day), time, offset, micros)
}

/** What a fraction of so many digits counts in microseconds. */
const MICROS_OF_DIGITS = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1]

/** The form that nearly all programs write, `2026-01-31T09:30:00.123Z`, without the cost of the general pattern. */
function parseUsual(text: string): ParsedInstant | undefined {
  const end = text.length - 1
  const hasSeparators =
    text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':' && text[end] === 'Z'
  if (!hasSeparators) return undefined
  const time = secondsOfDay(digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19))
  const micros =
    end === 19 ? 0 : text[19] === '.' ? digits(text, 20, end) * (MICROS_OF_DIGITS[end - 20] ?? Number.NaN) : Number.NaN
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)]
  return Number.isNaN(year + month + day + time + micros) ? undefined : instantOf(year, month, day, time, 0, micros)
}

/** A number written in digits alone; NaN where anything else stands among them. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i += 1) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** NaN when a day has no such time. */
function secondsOfDay(hour: number, minute: number, second: number): number {
  return hour > 23 || minute > 59 || second > 59 ? Number.NaN : hour * 3_600 + minute * 60 + second
}

/** Judged in UTC, as it is printed. `time` in seconds, `offset` in minutes. */
function instantOf(
  year: number,
  month: number,
  day: number,
  time: number,
  offset: number,
  micros: number,
): ParsedInstant {
  if (Number.isNaN(time) || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return { problem: 'malformed' }
  const seconds = daysFromCivil(year, month, day) * 86_400 + time - offset * 60
  const instant = seconds * MICROS_PER_SECOND + micros
  return instant >= EARLIEST && instant < TOO_LATE ? { instant } : { problem: 'out-of-range' }
}

/** The instant as ISO text in UTC with six fractional digits: `2026-11-23T08:00:00.000000Z`. */
export function formatInstant(instant: Instant): string {
  const micros = modulo(instant, MICROS_PER_SECOND)
  const seconds = (instant - micros) / MICROS_PER_SECOND
  const ofDay = modulo(seconds, 86_400)
  const { year, month, day } = civilFromDays((seconds - ofDay) / 86_400)
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${date}T${pad(Math.trunc(ofDay / 3_600), 2)}:${pad(Math.trunc(ofDay / 60) % 60, 2)}:${pad(ofDay % 60, 2)}.${pad(micros, 6)}Z`
}

/** The start of the instant's UTC day. */
export function floorUtcDay(instant: Instant): Instant {
  return instant - modulo(instant, MICROS_PER_DAY)
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0
  if (hours > 15 || minutes > 59) return undefined // PostgreSQL's own bound
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; years run from March so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.trunc((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.trunc(
    (dayOfEra - Math.trunc(dayOfEra / 1_460) + Math.trunc(dayOfEra / 36_524) - Math.trunc(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100))
  const shifted = Math.trunc((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.trunc((153 * shifted + 2) / 5) + 1,
  }
}

function modulo(value: number, by: number): number {
  const rest = value % by
  return rest < 0 ? rest + by : rest
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

const EARLIEST = daysFromCivil(FIRST_YEAR, 1, 1) * MICROS_PER_DAY
const TOO_LATE = daysFromCivil(LAST_YEAR + 1, 1, 1) * MICROS_PER_DAY
