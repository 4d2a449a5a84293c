import type { MetricSet } from '../metric-sets/metric-set.ts'
import { type Instant, MICROS_PER_DAY } from '../time/instant.ts'
import type { Fact } from './parse-event.ts'

/** Facts are kept this much longer than the longest window, so that late corrections still meet what they correct. */
export const GRACE_DAYS = 30

/** Facts dated before this instant are no longer kept. */
export function oldestKept(set: MetricSet, asOf: Instant): Instant {
  return asOf - (Math.max(...set.windows) + GRACE_DAYS) * MICROS_PER_DAY
}

/** Whether a fact comes too late to be kept. A fact placed by its reference, and one in no window, never does. */
export function isTooOld(fact: Fact, oldest: Instant): boolean {
  return fact.at !== null && fact.at < oldest
}
