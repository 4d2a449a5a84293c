import { floorUtcDay, type Instant, MICROS_PER_DAY } from './instant.ts'

/** A window's length in whole days: 7, 30, 90. */
export type WindowDays = number

export type WindowAlignment = 'UtcDay' | 'Sliding'

/**
 * The first instant inside the window that ends at `asOf` (exclusive).
 *
 * `UtcDay`: `[floorUtcDay(asOf) − N days, asOf)`, so a row changes by an event or at midnight only. `Sliding`: `[asOf − N×24 h, asOf)`.
 * Both are equal at midnight.
 */
export function windowStart(asOf: Instant, days: WindowDays, alignment: WindowAlignment): Instant {
  return (alignment === 'UtcDay' ? floorUtcDay(asOf) : asOf) - days * MICROS_PER_DAY
}

export function isInWindow(at: Instant, asOf: Instant, days: WindowDays, alignment: WindowAlignment): boolean {
  return at < asOf && at >= windowStart(asOf, days, alignment)
}

/** The first as-of at which a fact dated `at` is outside a window that it is in now. */
export function leavesWindowAt(at: Instant, days: WindowDays, alignment: WindowAlignment): Instant {
  return alignment === 'UtcDay' ? floorUtcDay(at) + (days + 1) * MICROS_PER_DAY : at + days * MICROS_PER_DAY + 1
}

/** The first as-of at which a fact dated ahead is inside: the right edge is exclusive, hence one microsecond later. */
export function entersWindowAt(at: Instant): Instant {
  return at + 1
}

/** How the window is called in columns and messages: `7d`. */
export function windowLabel(days: WindowDays): string {
  return `${days}d`
}
