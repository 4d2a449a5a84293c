import type { RejectionReason } from '../../core/events/rejection.ts'
import { type Instant, MICROS_PER_SECOND } from '../../core/time/instant.ts'
import type { PopulationOptions } from './calendar.ts'
import { LivePlatform } from './live-platform.ts'
import { poisoned } from './poison.ts'
import type { PopulationEvent } from './population-event.ts'
import { chance, createRandom } from './random.ts'

const PURPOSE = 7

export interface LiveOptions {
  /** When the first event is published; default: where the population's history ends. */
  readonly from?: Instant
  /** At most a million, for no two events share an instant. */
  readonly eventsPerSecond?: number
  /** By how much the hours between a session and its feedback shrink. */
  readonly compression?: number
  /** The part of the events that must be refused. */
  readonly poisonShare?: number
}

export interface LiveEvent extends PopulationEvent {
  /** Why the event must be refused; absent from events that are fine. */
  readonly poison?: RejectionReason
}

/**
 * What the platform publishes after its history, evenly spaced and without an end: sessions just held or booked ahead, feedback on them,
 * logins, replies, corrections, sessions moved to another day or another tutor, and profiles. The caller waits for the times or not.
 */
export function* liveEvents(population: PopulationOptions, options: LiveOptions = {}): Generator<LiveEvent, never> {
  const { from = population.endAt, eventsPerSecond = 10, compression = 3_600, poisonShare = 0 } = options
  const platform = new LivePlatform(population, compression)
  const random = createRandom(population.seed, PURPOSE)
  for (let count = 0; ; count += 1) {
    const time = from + Math.round((count * MICROS_PER_SECOND) / eventsPerSecond)
    yield chance(random, poisonShare) ? poisoned(random, platform.sample(time)) : platform.next(time)
  }
}
