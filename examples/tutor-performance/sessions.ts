import {
  formatInstant,
  type Instant,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../../core/time/instant.ts'
import { between, chance, createRandom, pickWeighted, type Random, type Weights, wholeBetween } from './random.ts'
import { numbered, type Tutor } from './tutors.ts'

/** A session as its record says, plus what its feedback depends on. */
export interface Session {
  readonly id: string
  readonly tutorId: string
  readonly studentId: string
  readonly sessionNumber: number
  readonly start: Instant
  readonly durationMinutes: number
  readonly subject: string
  readonly isGroup: boolean
  readonly wasRescheduled: boolean
  readonly bookedAt: Instant
  /** Undefined until the session is over. */
  readonly outcome: Outcome | undefined
}

export interface Outcome {
  readonly isNoShow: boolean
  readonly actualStart: Instant | undefined
  readonly lateMinutes: number
  readonly engagement: number | undefined
  readonly objectivesMet: boolean | undefined
  readonly hadTechnicalIssues: boolean
}

/** Which session of a tutor it is, counted from 0, and when it starts. */
export interface Slot {
  readonly seed: number
  readonly ordinal: number
  readonly start: Instant
}

const PURPOSE = 2

const STUDENT_PURPOSE = 3

const DURATIONS: Weights<number> = [
  [30, 10],
  [45, 20],
  [60, 55],
  [90, 15],
]

/** No session is longer than this from its scheduled start, the latest arrival included. */
export const LONGEST_SESSION = 110 * MICROS_PER_MINUTE

/** The session as it was booked, days ahead and without an outcome. */
export function bookSession(tutor: Tutor, slot: Slot): Session {
  const random = createRandom(slot.seed, PURPOSE, tutor.index, slot.ordinal)
  return {
    id: `session_${numbered(tutor.index)}_${slot.ordinal}`,
    tutorId: tutor.id,
    ...lessonOf(tutor, slot),
    start: slot.start,
    durationMinutes: pickWeighted(random, DURATIONS),
    isGroup: chance(random, 0.08),
    wasRescheduled: chance(random, tutor.behaviour.reschedule),
    bookedAt: slot.start - wholeBetween(random, 1, 7) * MICROS_PER_DAY,
    outcome: undefined,
  }
}

/** The session once it is over. */
export function holdSession(tutor: Tutor, slot: Slot, booked: Session): Session {
  const random = createRandom(slot.seed, PURPOSE, tutor.index, slot.ordinal, 1)
  return { ...booked, outcome: outcomeOf(random, tutor, booked) }
}

/** When the session is over, or the wait for those who do not come. */
export function endOf({ start, durationMinutes, outcome }: Session): Instant {
  const minutes = outcome?.isNoShow === true ? 15 : durationMinutes + (outcome?.lateMinutes ?? 0)
  return start + minutes * MICROS_PER_MINUTE
}

/** The record of a session as published at `time`. */
export function sessionData(session: Session, time: Instant): Readonly<Record<string, unknown>> {
  const { outcome } = session
  return {
    session_id: session.id,
    tutor_id: session.tutorId,
    student_id: session.studentId,
    session_number: session.sessionNumber,
    is_first_session: session.sessionNumber === 1,
    scheduled_start: formatInstant(session.start),
    actual_start: outcome?.actualStart === undefined ? null : formatInstant(outcome.actualStart),
    duration_minutes: session.durationMinutes,
    subject: session.subject,
    session_type: session.isGroup ? 'group' : '1-on-1',
    tutor_initiated_reschedule: session.wasRescheduled,
    no_show: outcome?.isNoShow ?? false,
    late_start_minutes: outcome?.lateMinutes ?? 0,
    engagement_score: outcome?.engagement ?? null,
    learning_objectives_met: outcome?.objectivesMet ?? null,
    technical_issues: outcome?.hadTechnicalIssues ?? false,
    created_at: formatInstant(Math.min(session.bookedAt, time)),
    updated_at: formatInstant(time),
  }
}

/**
 * A tutor sees the same few students in turn, one to two times a week. Each takes a course of some sessions and then makes room for another,
 * so that about one session in twelve is a first one.
 */
function lessonOf(tutor: Tutor, { seed, ordinal }: Slot): Pick<Session, 'studentId' | 'sessionNumber' | 'subject'> {
  const places = Math.max(3, Math.round((tutor.sessionsPerDay * 7) / 1.5))
  const place = ordinal % places
  const random = createRandom(seed, STUDENT_PURPOSE, tutor.index, place)
  const courseLength = wholeBetween(random, 6, 24)
  const isUnderWay = tutor.firstDay === 0
  const taken = Math.floor(ordinal / places) + (isUnderWay ? wholeBetween(random, 0, courseLength - 1) : 0)
  return {
    studentId: `student_${numbered(tutor.index)}_${place}_${Math.floor(taken / courseLength)}`,
    sessionNumber: (taken % courseLength) + 1,
    subject: tutor.subjects[place % tutor.subjects.length] as string,
  }
}

function outcomeOf(random: Random, { behaviour }: Tutor, { start, sessionNumber }: Session): Outcome {
  const hadTechnicalIssues = chance(random, behaviour.technicalIssue)
  if (chance(random, behaviour.noShow * noShowFactor(start))) return { ...NO_SHOW, hadTechnicalIssues }
  const lateMinutes = pickWeighted(random, behaviour.lateMinutes)
  const engagement = between(random, ...behaviour.engagement) * (sessionNumber === 1 ? 0.95 : 1)
  return {
    isNoShow: false,
    actualStart: start + lateMinutes * MICROS_PER_MINUTE + wholeBetween(random, 0, 59) * MICROS_PER_SECOND,
    lateMinutes,
    engagement: chance(random, 0.97) ? Math.round(engagement * 1_000) / 1_000 : undefined,
    objectivesMet: chance(random, 0.97) ? chance(random, behaviour.objectivesMet) : undefined,
    hadTechnicalIssues,
  }
}

const NO_SHOW: Omit<Outcome, 'hadTechnicalIssues'> = {
  isNoShow: true,
  actualStart: undefined,
  lateMinutes: 0,
  engagement: undefined,
  objectivesMet: undefined,
}

/** People miss sessions on Mondays and before noon. */
function noShowFactor(start: Instant): number {
  const sinceMonday = Math.floor(start / MICROS_PER_DAY) + 3 // 1970 began on a Thursday
  const hour = (start / MICROS_PER_MINUTE / 60) % 24
  return (sinceMonday % 7 === 0 ? 1.5 : 1) * (hour < 12 ? 1.3 : 1)
}
