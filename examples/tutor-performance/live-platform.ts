import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import { loginEvent, responseEvent } from './activity.ts'
import type { PopulationOptions } from './calendar.ts'
import { feedbackDelay, feedbackEvent } from './feedback.ts'
import { createTutors } from './population.ts'
import { type PopulationEvent, populationEvent } from './population-event.ts'
import { between, chance, createRandom, pick, pickWeighted, type Random, type Weights, wholeBetween } from './random.ts'
import { bookSession, holdSession, LONGEST_SESSION, type Session, sessionData } from './sessions.ts'
import { TimeQueue } from './time-queue.ts'
import { floorQuarterHour, sessionsBefore } from './timetable.ts'
import { numbered, profileEvent, type Tutor } from './tutors.ts'

type Happening = 'hold' | 'login' | 'respond' | 'book' | 'amend' | 'reassign' | 'profile'

const HAPPENINGS: Weights<Happening> = [
  ['hold', 50],
  ['login', 25],
  ['respond', 18],
  ['book', 3],
  ['amend', 2.5],
  ['reassign', 0.5],
  ['profile', 1],
]

const PURPOSE = 8

const MOST_SESSIONS_A_DAY = 30 / 7

/** Sessions that may still be amended or reassigned. */
const REMEMBERED = 512

/** Bookings that wait for their day; without a bound, fast traffic would book more than memory holds. */
const MOST_BOOKINGS = 10_000

/** A session that was published, and what is known about it by now. */
interface Known {
  tutor: Tutor
  session: Session
  readonly ordinal: number
}

/** A platform from which one event can be had for each next instant. */
export class LivePlatform {
  readonly #population: PopulationOptions
  readonly #compression: number
  readonly #random: Random
  readonly #tutors: readonly Tutor[]
  readonly #sessionsHad: number[]
  readonly #later = new TimeQueue<(time: Instant) => PopulationEvent | undefined>()
  readonly #recent: Known[] = []
  #remembered = 0
  #bookings = 0

  constructor(population: PopulationOptions, compression: number) {
    this.#population = population
    this.#compression = compression
    this.#random = createRandom(population.seed, PURPOSE)
    const tutors = createTutors(population)
    const teaching = tutors.filter(({ leaves }) => leaves === undefined)
    this.#tutors = teaching.length === 0 ? tutors : teaching
    this.#sessionsHad = this.#tutors.map((tutor) => sessionsBefore(population, tutor, population.days))
  }

  /** The event published at `time`, which must be later than that of the call before. */
  next(time: Instant): PopulationEvent {
    for (let due = this.#later.takeDue(time); due !== undefined; due = this.#later.takeDue(time)) {
      const event = due(time)
      if (event !== undefined) return event
    }
    return this.#happen(pickWeighted(this.#random, HAPPENINGS), time)
  }

  /** A session and feedback on it that nobody will hear of again. */
  sample(time: Instant): { readonly session: PopulationEvent; readonly feedback: PopulationEvent } {
    const known = this.#newSession(time, floorQuarterHour(time - LONGEST_SESSION))
    const session = holdSession(known.tutor, this.#slotOf(known), known.session)
    return {
      session: populationEvent('session', session.id, time, sessionData(session, time)),
      feedback: feedbackEvent(this.#population.seed, known.tutor, known.ordinal, session, time),
    }
  }

  #happen(happening: Happening, time: Instant): PopulationEvent {
    const key = time.toString(36)
    switch (happening) {
      case 'hold':
        return this.#hold(this.#newSession(time, floorQuarterHour(time - LONGEST_SESSION)), time)
      case 'login':
        return loginEvent(this.#someTutor(), key, time)
      case 'respond':
        return responseEvent(this.#random, this.#someTutor(), key, time)
      case 'book':
        return this.#bookings < MOST_BOOKINGS ? this.#book(time) : loginEvent(this.#someTutor(), key, time)
      case 'amend':
        return this.#change(time, (known) => amended(this.#random, known.session))
      case 'reassign':
        return this.#change(time, (known) => this.#reassigned(known))
      case 'profile':
        return profileEvent(this.#someTutor(), time, 'active')
    }
  }

  #hold(known: Known, time: Instant): PopulationEvent {
    known.session = holdSession(known.tutor, this.#slotOf(known), known.session)
    const delay = feedbackDelay(this.#population.seed, known.tutor, known.ordinal, known.session)
    if (delay !== undefined) {
      this.#later.push(time + Math.round((delay * MICROS_PER_MINUTE) / this.#compression), (then) =>
        feedbackEvent(this.#population.seed, known.tutor, known.ordinal, known.session, then),
      )
    }
    return this.#publish(known, time)
  }

  #book(time: Instant): PopulationEvent {
    const start = floorQuarterHour(Math.round(time + between(this.#random, 1, 14) * MICROS_PER_DAY))
    const known = this.#newSession(time, start)
    known.session = { ...known.session, bookedAt: time, wasRescheduled: false }
    this.#bookings += 1
    this.#awaitEnd(known)
    return this.#publish(known, time)
  }

  #awaitEnd(known: Known): void {
    const end = known.session.start + LONGEST_SESSION
    this.#later.push(end, (time) => {
      if (known.session.start + LONGEST_SESSION > time) {
        this.#awaitEnd(known) // it was moved to another day in the meantime
        return undefined
      }
      this.#bookings -= 1
      return this.#hold(known, time)
    })
  }

  #change(time: Instant, change: (known: Known) => Session): PopulationEvent {
    if (this.#recent.length === 0) return loginEvent(this.#someTutor(), time.toString(36), time)
    const known = pick(this.#random, this.#recent)
    known.session = change(known)
    return this.#publish(known, time)
  }

  /** The student meets another tutor, for whom this is the first session with that student. */
  #reassigned(known: Known): Session {
    known.tutor = this.#someTutor()
    return { ...known.session, tutorId: known.tutor.id, sessionNumber: 1 }
  }

  #publish(known: Known, time: Instant): PopulationEvent {
    if (!this.#recent.includes(known)) {
      this.#recent[this.#remembered % REMEMBERED] = known
      this.#remembered += 1
    }
    return populationEvent('session', known.session.id, time, sessionData(known.session, time))
  }

  #newSession(time: Instant, start: Instant): Known {
    const tutor = this.#someTutor()
    const position = this.#tutors.indexOf(tutor)
    const ordinal = this.#sessionsHad[position] ?? 0
    this.#sessionsHad[position] = ordinal + 1
    const booked = bookSession(tutor, { seed: this.#population.seed, ordinal, start })
    return { tutor, ordinal, session: { ...booked, id: `session_${numbered(tutor.index)}_${time.toString(36)}` } }
  }

  #slotOf({ ordinal, session }: Known) {
    return { seed: this.#population.seed, ordinal, start: session.start }
  }

  /** Busy tutors turn up more often. */
  #someTutor(): Tutor {
    for (;;) {
      const tutor = pick(this.#random, this.#tutors)
      if (chance(this.#random, tutor.sessionsPerDay / MOST_SESSIONS_A_DAY)) return tutor
    }
  }
}

/** A correction: of the outcome where there is one, otherwise of the day. */
function amended(random: Random, session: Session): Session {
  const { outcome } = session
  if (outcome === undefined) {
    if (session.wasRescheduled) return session
    return { ...session, wasRescheduled: true, start: session.start + wholeBetween(random, 1, 3) * MICROS_PER_DAY }
  }
  if (outcome.isNoShow) {
    return { ...session, outcome: { ...outcome, isNoShow: false, actualStart: session.start, objectivesMet: true } }
  }
  const engagement = Math.round(between(random, 0.2, 1) * 1_000) / 1_000
  return { ...session, outcome: { ...outcome, engagement, objectivesMet: chance(random, 0.8) } }
}
