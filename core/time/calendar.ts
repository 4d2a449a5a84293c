import { floorUtcDay, formatInstant, type Instant, MICROS_PER_DAY, parseInstant } from './instant.ts'

/** A UTC day as text: `2026-11-23`. */
export type Day = string

export function dayOf(instant: Instant): Day {
  return formatInstant(instant).slice(0, 10)
}

/** The instant at which a day begins; undefined when the text is no day. */
export function startOfDay(day: Day): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined
  const parsed = parseInstant(`${day}T00:00:00Z`)
  return 'instant' in parsed ? parsed.instant : undefined
}

/** The first day of a day's month, and of the month after it. */
export function monthOf(day: Day): { readonly first: Day; readonly next: Day } {
  const first = `${day.slice(0, 7)}-01`
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))]
  const next =
    month === 12
      ? `${String(year + 1).padStart(4, '0')}-01-01`
      : `${day.slice(0, 4)}-${String(month + 1).padStart(2, '0')}-01`
  return { first, next }
}

/** The day that lies `days` before an instant's day. */
export function daysBefore(instant: Instant, days: number): Day {
  return dayOf(floorUtcDay(instant) - days * MICROS_PER_DAY)
}
