import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { type PopulationEvent, populationEvent } from './population-event.ts'
import { between, chance, type Random } from './random.ts'
import type { Tutor } from './tutors.ts'

/** Messages that a tutor answers for each session held. */
export const RESPONSES_PER_SESSION = 0.7

export function loginEvent(tutor: Tutor, key: string, time: Instant): PopulationEvent {
  const id = `login_${key}`
  return populationEvent('tutor_event', id, time, { ...common(tutor, id, time), event_type: 'login' })
}

/** A reply to a message. Now and then nobody measured how long it took. */
export function responseEvent(random: Random, tutor: Tutor, key: string, time: Instant): PopulationEvent {
  const id = `response_${key}`
  const minutes = Math.round(between(random, ...tutor.behaviour.responseMinutes) * 10) / 10
  const metadata = chance(random, 0.03) ? {} : { response_time_minutes: minutes }
  return populationEvent('tutor_event', id, time, {
    ...common(tutor, id, time),
    event_type: 'message_response',
    metadata,
  })
}

function common(tutor: Tutor, eventId: string, time: Instant): PopulationEvent['data'] {
  return { event_id: eventId, tutor_id: tutor.id, event_timestamp: formatInstant(time) }
}
