import { millisBetween } from '../time/millis-between.ts'
import type { Workload } from './sight.ts'

/** What came between the two newest looks. */
export interface Arrivals {
  readonly observedAt: string
  readonly added: number
  /** Entries a second; null where there was no look before, or a counter began anew. */
  readonly perSecond: number | null
}

export function countArrivals(before: Arrivals | null, added: number | null, observedAt: string): Arrivals | null {
  if (added === null) return null
  const ms = before === null ? 0 : millisBetween(before.observedAt, observedAt)
  const come = added - (before?.added ?? added)
  return { observedAt, added, perSecond: ms <= 0 || come < 0 ? null : (come * 1_000) / ms }
}

const MUCH_MORE = 1.5

/** In standard deviations of a count: so rare that it is no accident, twice running. */
const UNLIKELY = 4

/**
 * An average takes its time to follow a step. What came in each of two looks running, much more than the average and more than chance would
 * bring, is the new rate at once: entries a second, null where there is no such step.
 */
export function surgeOver(average: number | null, before: Arrivals | null, now: Arrivals | null): number | null {
  if (average === null || before === null || now === null || before.perSecond === null || now.perSecond === null)
    return null
  const sustained = Math.min(before.perSecond, now.perSecond)
  const seconds = millisBetween(before.observedAt, now.observedAt) / 1_000
  const isChance = (sustained - average) * seconds <= UNLIKELY * Math.sqrt(average * seconds + 1)
  return sustained <= average * MUCH_MORE || isChance ? null : sustained
}

export function withSurge(work: Workload, surge: number | null): Workload {
  const known = work.arrivalsPerSecond
  return known === null || surge === null || surge <= known ? work : { ...work, arrivalsPerSecond: surge }
}
