import { floorUtcDay, type Instant, MICROS_PER_DAY } from '../../core/time/instant.ts'

export interface PopulationOptions {
  /** Equal seeds give equal populations. */
  readonly seed: number
  readonly tutors: number
  /** How many UTC days of history there are; the last one holds the instant before `endAt`. */
  readonly days: number
  /** History ends before it, and live traffic begins at it. */
  readonly endAt: Instant
}

/** The first instant of the first day of history. */
export function firstInstant({ days, endAt }: PopulationOptions): Instant {
  return floorUtcDay(endAt - 1) - (days - 1) * MICROS_PER_DAY
}

/** Day 0 is the first day of history; days before it are negative. */
export function startOfDay(options: PopulationOptions, day: number): Instant {
  return firstInstant(options) + day * MICROS_PER_DAY
}

export function dayOf(options: PopulationOptions, instant: Instant): number {
  return Math.floor((instant - firstInstant(options)) / MICROS_PER_DAY)
}
