import type { Instant } from '../../core/time/instant.ts'

export type EventName = 'tutor' | 'session' | 'feedback' | 'tutor_event'

export interface PopulationEvent {
  readonly stream: string
  readonly type: EventName
  /** Unlike any other event's, whatever fact it is about. */
  readonly id: string
  /** When it is published. */
  readonly time: Instant
  readonly data: Readonly<Record<string, unknown>>
}

const STREAMS: Readonly<Record<EventName, string>> = {
  tutor: 'tutormax:tutors',
  session: 'tutormax:sessions',
  feedback: 'tutormax:feedback',
  tutor_event: 'tutormax:events',
}

/** An event about the fact `factId`. A fact is published once at any instant, so both together make the event's id. */
export function populationEvent(
  type: EventName,
  factId: string,
  time: Instant,
  data: PopulationEvent['data'],
): PopulationEvent {
  return { stream: STREAMS[type], type, id: `${factId}.${time.toString(36)}`, time, data }
}
