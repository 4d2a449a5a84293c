import { type Instant, MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import { type PopulationOptions, startOfDay } from './calendar.ts'
import { createRandom } from './random.ts'
import type { Slot } from './sessions.ts'
import type { Tutor } from './tutors.ts'

const PURPOSE = 5

const QUARTER_HOUR = 15 * MICROS_PER_MINUTE

/** Parts of the day with their first hour, their hours and the share of all sessions that starts in them. */
const DAY_PARTS = [
  { from: 6, hours: 6, share: 0.2 },
  { from: 12, hours: 5, share: 0.35 },
  { from: 17, hours: 5, share: 0.45 },
] as const

/** How much of a session's even share of the day its start may wander; the rest keeps a tutor's sessions from overlapping. */
const WANDER = 0.2

/** The sessions that a tutor has on a day of history, none before arriving and none after leaving. */
export function slotsOfDay(options: PopulationOptions, tutor: Tutor, day: number): readonly Slot[] {
  if (day < tutor.firstDay || day >= (tutor.leaves?.day ?? options.days)) return []
  const first = sessionsBefore(options, tutor, day)
  const count = sessionsBefore(options, tutor, day + 1) - first
  const random = createRandom(options.seed, PURPOSE, tutor.index, day)
  const turn = random()
  return Array.from({ length: count }, (_, i) => {
    const share = ((i + WANDER * random()) / count + turn) % 1
    return { seed: options.seed, ordinal: first + i, start: startOfDay(options, day) + startWithinDay(share) }
  })
}

/** How many sessions a tutor has had when a day begins: as many as the weekly number asks for, spread evenly. */
export function sessionsBefore({ seed }: PopulationOptions, tutor: Tutor, day: number): number {
  const phase = createRandom(seed, PURPOSE, tutor.index)()
  const taught = Math.min(day, tutor.leaves?.day ?? day) - tutor.firstDay
  return Math.max(0, Math.ceil(taught * tutor.sessionsPerDay - phase))
}

export function floorQuarterHour(instant: Instant): Instant {
  return instant - (instant % QUARTER_HOUR)
}

/** The time of day that this share of all sessions starts before, to the quarter hour. */
function startWithinDay(share: number): Instant {
  let before = 0
  for (const part of DAY_PARTS) {
    if (share < before + part.share) {
      const hour = part.from + ((share - before) / part.share) * part.hours
      return floorQuarterHour(Math.floor(hour * 60) * MICROS_PER_MINUTE)
    }
    before += part.share
  }
  return 21.75 * 60 * MICROS_PER_MINUTE
}
