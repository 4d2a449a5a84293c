import { formatInstant, type Instant, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../core/time/instant.ts'
import { type PopulationEvent, populationEvent } from './population-event.ts'
import { between, chance, createRandom, pick, pickWeighted, type Random, type Weights, wholeBetween } from './random.ts'
import type { Outcome, Session } from './sessions.ts'
import type { Tutor } from './tutors.ts'

const PURPOSE = 4

const SHARE_GIVEN = 0.85

/** How long after the start of a session its feedback is submitted. */
export const FEEDBACK_AFTER_MINUTES = [120, 1_440] as const

/** How good a session was felt to be, and the ratings that follow from it. */
const RATINGS: readonly (readonly [below: number, ratings: Weights<number>])[] = [
  [
    0.4,
    [
      [1, 40],
      [2, 50],
      [3, 10],
    ],
  ],
  [
    0.6,
    [
      [2, 20],
      [3, 60],
      [4, 20],
    ],
  ],
  [
    0.8,
    [
      [3, 10],
      [4, 60],
      [5, 30],
    ],
  ],
  [
    Number.POSITIVE_INFINITY,
    [
      [4, 30],
      [5, 70],
    ],
  ],
]

const PRAISE = [
  'Explained it well, thank you!',
  'I finally understand this topic.',
  'Patient and friendly.',
  'Great session again.',
]

const COMPLAINTS = [
  'We only got through half of it.',
  'It was hard to follow the explanations.',
  'Started late and felt unprepared.',
]

const IMPROVEMENT_AREAS = ['late', 'unprepared', 'unclear', 'technical_issues', 'not_patient']

/** Minutes after the start at which the student of this session writes; undefined if never. */
export function feedbackDelay(seed: number, tutor: Tutor, ordinal: number, { outcome }: Session): number | undefined {
  const random = createRandom(seed, PURPOSE, tutor.index, ordinal)
  if (outcome === undefined || outcome.isNoShow || !chance(random, SHARE_GIVEN)) return undefined
  return between(random, ...FEEDBACK_AFTER_MINUTES)
}

/** The feedback on a session that was held, submitted some seconds before it is published. */
export function feedbackEvent(
  seed: number,
  tutor: Tutor,
  ordinal: number,
  session: Session,
  time: Instant,
): PopulationEvent {
  const random = createRandom(seed, PURPOSE, tutor.index, ordinal, 1)
  const isFirst = session.sessionNumber === 1
  const overall = ratingOf(random, tutor, session)
  const id = session.id.replace('session', 'feedback')
  return populationEvent('feedback', id, time, {
    feedback_id: id,
    session_id: session.id,
    student_id: session.studentId,
    tutor_id: session.tutorId,
    overall_rating: overall,
    is_first_session: isFirst,
    ...categories(random, tutor, overall),
    ...(isFirst
      ? { would_recommend: overall >= 4, improvement_areas: overall >= 4 ? [] : [pick(random, IMPROVEMENT_AREAS)] }
      : {}),
    ...textOf(random, overall),
    submitted_at: formatInstant(time - wholeBetween(random, 1, 20) * MICROS_PER_SECOND),
    created_at: formatInstant(time),
  })
}

export function feedbackTime(session: Session, delayMinutes: number): Instant {
  return session.start + Math.round(delayMinutes * MICROS_PER_MINUTE)
}

function ratingOf(random: Random, tutor: Tutor, session: Session): number {
  const quality = session.outcome === undefined ? 0 : qualityOf(tutor, session, session.outcome)
  const ratings = RATINGS.find(([below]) => quality < below)?.[1] ?? []
  return pickWeighted(random, ratings)
}

function qualityOf(tutor: Tutor, session: Session, outcome: Outcome): number {
  const engagement = outcome.engagement ?? (tutor.behaviour.engagement[0] + tutor.behaviour.engagement[1]) / 2
  const losses = [
    outcome.objectivesMet === false ? 0.15 : 0,
    outcome.lateMinutes > 10 ? 0.2 : outcome.lateMinutes > 5 ? 0.1 : 0,
    outcome.hadTechnicalIssues ? 0.15 : 0,
    session.sessionNumber === 1 && tutor.archetype === 'new_tutor' ? 0.1 : 0,
  ]
  return losses.reduce((quality, loss) => quality - loss, engagement)
}

/** Each category lies near the overall rating, a little to the side that the tutor is known for. */
function categories(random: Random, { archetype }: Tutor, overall: number): PopulationEvent['data'] {
  const near = (bias: number) => Math.min(5, Math.max(1, overall + bias + pick(random, [-1, 0, 0, 1])))
  const isStruggling = archetype === 'at_risk' || archetype === 'churner'
  return {
    subject_knowledge_rating: near(archetype === 'high_performer' ? 1 : 0),
    communication_rating: near(0),
    patience_rating: near(isStruggling ? -1 : 0),
    engagement_rating: near(0),
    helpfulness_rating: near(0),
  }
}

/** Whoever is disappointed says why; of the others two thirds write something. */
function textOf(random: Random, overall: number): PopulationEvent['data'] {
  if (overall <= 2) return { free_text_feedback: pick(random, COMPLAINTS) }
  return chance(random, 0.67) ? { free_text_feedback: pick(random, PRAISE) } : {}
}
