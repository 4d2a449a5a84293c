import fc from 'fast-check'
import type { Fact } from '../../core/events/parse-event.ts'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { floorUtcDay, formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import { factCreator } from './create-fact.ts'

/** Facts of few entities and few ids, so that they meet: versions of one fact, references to what is there, is not yet, or never comes. */
export type Histories = fc.Arbitrary<readonly Fact[]>

interface FactData {
  readonly type: string
  readonly id: string
  /** Undefined: deleted. */
  readonly data: object | undefined
}

const LONGEST_HISTORY = 30

const VERSIONS = 4

/** One in so many facts is deleted. */
const DELETED = 6

/** Orders, their ratings and profiles of three shops around an instant. */
export function ratedOrderHistories(set: MetricSet, now: Instant): Histories {
  const orderId = fc.constantFrom('o1', 'o2', 'o3', 'o4')
  const shop = fc.constantFrom('a', 'b', 'c')
  const order = fc.record({
    shop,
    placedAt: instantTexts(set, now),
    cents: fc.integer({ min: -500, max: 500 }),
    kilos: fc.option(fc.integer({ min: 0, max: 5_000 }).map((grams) => grams / 1_000)),
    express: fc.option(fc.boolean()),
  })
  const rating = fc.record({
    orderId: fc.oneof({ weight: 9, arbitrary: orderId }, fc.constant('never')),
    stars: fc.integer({ min: 1, max: 5 }),
  })
  return histories(set, now, [
    { weight: 4, arbitrary: ofType('order', orderId, order) },
    { weight: 4, arbitrary: ofType('rating', fc.constantFrom('r1', 'r2', 'r3', 'r4'), rating) },
    { weight: 1, arbitrary: ofType('profile', shop, fc.record({ open: fc.boolean() })) },
  ])
}

/** Sessions, their feedback, events and profiles of two tutors around an instant. */
export function tutorHistories(set: MetricSet, now: Instant): Histories {
  const sessionId = fc.constantFrom('s1', 's2', 's3', 's4', 's5')
  const tutor = fc.constantFrom('t1', 't2')
  const past = formatInstant(now - MICROS_PER_DAY)
  const rest = {
    student_id: 'student',
    is_first_session: false,
    created_at: past,
    updated_at: past,
    submitted_at: past,
  }
  const session = fc
    .record({
      tutor_id: tutor,
      session_number: fc.integer({ min: 1, max: 2 }),
      scheduled_start: instantTexts(set, now),
      actual_start: fc.constantFrom(past, null),
      no_show: fc.boolean(),
      late_start_minutes: fc.constantFrom(0, 10, 11),
      engagement_score: fc.option(fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1_000_000)),
      learning_objectives_met: fc.option(fc.boolean()),
      tutor_initiated_reschedule: fc.boolean(),
    })
    .map((data) => ({
      ...rest,
      ...data,
      actual_start: data.no_show ? null : data.actual_start,
      duration_minutes: 60,
      subject: 'Algebra',
      technical_issues: false,
    }))
  const feedback = fc
    .record({ session_id: sessionId, overall_rating: fc.integer({ min: 1, max: 5 }) })
    .map((data) => ({ ...rest, ...data, tutor_id: 'somebody else' }))
  const event = fc.record({
    tutor_id: tutor,
    event_type: fc.constantFrom('login', 'message_response', 'note'),
    event_timestamp: instantTexts(set, now, { ahead: false }),
    metadata: fc.option(
      fc.record({
        response_time_minutes: fc.integer({ min: 0, max: 90_000 }).map((thousandths) => thousandths / 1_000),
      }),
    ),
  })
  return histories(set, now, [
    { weight: 4, arbitrary: ofType('session', sessionId, session) },
    { weight: 3, arbitrary: ofType('feedback', fc.constantFrom('f1', 'f2', 'f3', 'f4'), feedback) },
    { weight: 2, arbitrary: ofType('tutor_event', fc.constantFrom('e1', 'e2', 'e3'), event) },
  ])
}

function ofType(type: string, ids: fc.Arbitrary<string>, data: fc.Arbitrary<object>): fc.Arbitrary<FactData> {
  return fc.record({ type: fc.constant(type), id: ids, data: fc.option(data, { freq: DELETED, nil: undefined }) })
}

function histories(set: MetricSet, now: Instant, types: readonly fc.WeightedArbitrary<FactData>[]): Histories {
  const create = factCreator(set)
  const version = fc.integer({ min: 1, max: VERSIONS })
  return fc.array(
    fc.tuple(fc.oneof(...types), version).map(([{ type, id, data }, micros]) => create(type, id, data, now + micros)),
    { minLength: 1, maxLength: LONGEST_HISTORY },
  )
}

/** In all windows, in some, in none and ahead, and to the microsecond at their edges. */
function instantTexts(set: MetricSet, now: Instant, { ahead = true } = {}): fc.Arbitrary<string> {
  const midnight = floorUtcDay(now)
  const longest = Math.max(...set.windows)
  const edge = fc
    .tuple(fc.constantFrom(0, ...set.windows), fc.constantFrom(-1, 0, 1))
    .map(([days, micros]) => midnight - days * MICROS_PER_DAY + micros)
  const within = fc
    .integer({ min: -(longest + 2) * 24 * 60, max: -60 })
    .map((minutes) => now + minutes * MICROS_PER_MINUTE)
  const later = fc.integer({ min: 60, max: 3 * 24 * 60 }).map((minutes) => now + minutes * MICROS_PER_MINUTE)
  const usual = [
    { weight: 3, arbitrary: within },
    { weight: 3, arbitrary: edge },
  ]
  return fc.oneof(...usual, ...(ahead ? [{ weight: 1, arbitrary: later }] : [])).map(formatInstant)
}
