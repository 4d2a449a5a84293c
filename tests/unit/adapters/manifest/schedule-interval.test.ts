import { expect, test } from 'vitest'
import { scheduleIntervalMs } from '../../../../adapters/manifest/schedule-interval.ts'

const HOUR_MS = 3_600_000

test.each<[string, string, string, number]>([
  ['a day, where it runs each day', '0 2 * * *', 'Etc/UTC', 24],
  ['a day in any time zone', '30 2 * * *', 'Europe/Berlin', 24],
  ['a weekend, where it runs on weekdays', '0 2 * * 1-5', 'Etc/UTC', 72],
  ['a weekend, however often it runs on weekdays', '*/5 8-18 * * 1-5', 'Etc/UTC', 72],
  ['a week', '0 2 * * 0', 'UTC', 168],
  ['the longest month', '0 2 1 * *', 'Etc/UTC', 31 * 24],
  ['next to a day, where it runs each hour', '0 * * * *', 'Etc/UTC', 23],
])('the longest time between two days with a run is %s', (_sentence, schedule, timeZone, hours) => {
  expect(scheduleIntervalMs(schedule, timeZone)).toBe(hours * HOUR_MS)
})
