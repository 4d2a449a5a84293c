import type { RejectionReason } from '../../core/events/rejection.ts'
import { formatInstant, MICROS_PER_DAY } from '../../core/time/instant.ts'
import type { PopulationEvent } from './population-event.ts'
import { pick, type Random } from './random.ts'

type Data = PopulationEvent['data']

interface Poison {
  readonly type: 'session' | 'feedback'
  readonly reason: RejectionReason
  readonly spoil: (event: PopulationEvent) => Data
}

/** Mistakes that producers make, each with the reason for which its event must be refused. */
const POISONS: readonly Poison[] = [
  { type: 'session', reason: 'missing-field', spoil: () => ({ tutor_id: null }) },
  { type: 'session', reason: 'invalid-field', spoil: () => ({ engagement_score: 8.5 }) },
  { type: 'session', reason: 'invalid-field', spoil: () => ({ session_type: 'workshop' }) },
  {
    type: 'session',
    reason: 'invalid-field',
    spoil: ({ time }) => ({ scheduled_start: formatInstant(time).slice(0, -1) }),
  },
  {
    type: 'session',
    reason: 'invalid-field',
    spoil: ({ time }) => ({ actual_start: formatInstant(time + MICROS_PER_DAY) }),
  },
  {
    type: 'session',
    reason: 'rule-violated',
    spoil: ({ time }) => ({ no_show: true, actual_start: formatInstant(time) }),
  },
  { type: 'session', reason: 'rule-violated', spoil: () => ({ duration_minutes: 30, late_start_minutes: 45 }) },
  { type: 'feedback', reason: 'missing-field', spoil: () => ({ session_id: null }) },
  { type: 'feedback', reason: 'invalid-field', spoil: () => ({ overall_rating: 6 }) },
  {
    type: 'feedback',
    reason: 'rule-violated',
    spoil: ({ time }) => ({ created_at: formatInstant(time - MICROS_PER_DAY) }),
  },
]

/** One of the two events with a mistake in it, and the reason for which it must be refused. */
export function poisoned(
  random: Random,
  events: { readonly session: PopulationEvent; readonly feedback: PopulationEvent },
): PopulationEvent & { readonly poison: RejectionReason } {
  const { type, reason, spoil } = pick(random, POISONS)
  const event = events[type]
  return { ...event, data: { ...event.data, ...spoil(event) }, poison: reason }
}
