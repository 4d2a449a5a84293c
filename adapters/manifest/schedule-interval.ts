import { Cron } from 'croner'
import { isUtc } from './schedule-text.ts'

/** Looked at from any day: what repeats in years and not in a month is as rare as it seems. */
const FROM = new Date('2026-01-01T00:00:00Z')
const RUNS = 31

/** Runs of one day count as one. A day has 23 hours where the clocks go forward. */
const SAME_DAY_MS = 22 * 3_600_000

/** The longest time from a day with a run to the next such day, of a schedule that was checked. */
export function scheduleIntervalMs(schedule: string, timeZone: string): number {
  const cron = new Cron(schedule, {
    mode: '5-part',
    paused: true,
    ...(isUtc(timeZone) ? { utcOffset: 0 } : { timezone: timeZone }),
  })
  let longest = 0
  for (let run = cron.nextRun(FROM), runs = 0; run !== null && runs < RUNS; runs++) {
    const next = cron.nextRun(new Date(run.getTime() + SAME_DAY_MS))
    if (next !== null) longest = Math.max(longest, next.getTime() - run.getTime())
    run = next
  }
  return longest
}
