import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../core/time/instant.ts'
import { loginEvent, RESPONSES_PER_SESSION, responseEvent } from './activity.ts'
import { dayOf, type PopulationOptions, startOfDay } from './calendar.ts'
import { feedbackDelay, feedbackEvent, feedbackTime } from './feedback.ts'
import { type PopulationEvent, populationEvent } from './population-event.ts'
import { between, chance, createRandom, wholeBetween } from './random.ts'
import { bookSession, endOf, holdSession, type Session, type Slot, sessionData } from './sessions.ts'
import { slotsOfDay } from './timetable.ts'
import { createTutor, numbered, profileEvent, type Tutor } from './tutors.ts'

const PURPOSE = 6

/**
 * The history of a tutoring platform, in order of publication and complete before `endAt`: profiles, sessions with their outcomes, feedback
 * hours later, logins and replies. Nothing in it tells of the future. Iterating again gives the same events again.
 */
export function createPopulation(options: PopulationOptions): Iterable<PopulationEvent> {
  return { [Symbol.iterator]: () => history(options) }
}

export function createTutors(options: PopulationOptions): readonly Tutor[] {
  return Array.from({ length: options.tutors }, (_, index) => createTutor(options, index))
}

function* history(options: PopulationOptions): Generator<PopulationEvent, void> {
  const tutors = createTutors(options)
  let today: PopulationEvent[] = []
  for (let day = 0; day < options.days; day += 1) {
    const tomorrow: PopulationEvent[] = [] // what follows a session does so within 24 hours
    for (const tutor of tutors) {
      for (const event of eventsOfDay(options, tutor, day))
        (dayOf(options, event.time) > day ? tomorrow : today).push(event)
    }
    today.sort((a, b) => a.time - b.time)
    for (const event of today) {
      if (event.time >= options.endAt) return
      yield event
    }
    today = tomorrow
  }
}

function eventsOfDay(options: PopulationOptions, tutor: Tutor, day: number): readonly PopulationEvent[] {
  const events = profileEvents(options, tutor, day)
  for (const slot of slotsOfDay(options, tutor, day)) {
    const session = holdSession(tutor, slot, bookSession(tutor, slot))
    events.push(outcomeEvent(tutor, slot, session), ...activityAround(tutor, slot))
    const delay = feedbackDelay(slot.seed, tutor, slot.ordinal, session)
    if (delay === undefined) continue
    events.push(feedbackEvent(slot.seed, tutor, slot.ordinal, session, feedbackTime(session, delay)))
  }
  return events
}

function profileEvents(options: PopulationOptions, tutor: Tutor, day: number): PopulationEvent[] {
  const time = startOfDay(options, day) + (tutor.index % MICROS_PER_MINUTE)
  const events: PopulationEvent[] = []
  if (day === tutor.firstDay) events.push(profileEvent(tutor, time, 'active'))
  if (day === tutor.leaves?.day) events.push(profileEvent(tutor, time, tutor.leaves.status))
  return events
}

function outcomeEvent(tutor: Tutor, slot: Slot, session: Session): PopulationEvent {
  const random = createRandom(slot.seed, PURPOSE, tutor.index, slot.ordinal)
  const time: Instant = endOf(session) + wholeBetween(random, 1, 60 * MICROS_PER_SECOND)
  return populationEvent('session', session.id, time, sessionData(session, time))
}

function activityAround(tutor: Tutor, { seed, ordinal, start }: Slot): readonly PopulationEvent[] {
  const random = createRandom(seed, PURPOSE, tutor.index, ordinal, 1)
  const key = `${numbered(tutor.index)}_${ordinal}`
  const events: PopulationEvent[] = []
  if (chance(random, tutor.behaviour.login)) {
    events.push(loginEvent(tutor, key, start - wholeBetween(random, 5, 60) * MICROS_PER_MINUTE))
  }
  if (chance(random, RESPONSES_PER_SESSION)) {
    events.push(responseEvent(random, tutor, key, Math.round(between(random, start, start + MICROS_PER_DAY / 12))))
  }
  return events
}
