import type { Weights } from './random.ts'

export type Archetype = 'high_performer' | 'steady' | 'new_tutor' | 'at_risk' | 'churner'

/** How a kind of tutor behaves; probabilities and, for the pairs, least and most. */
export interface Behaviour {
  readonly sessionsPerWeek: readonly [number, number]
  readonly reschedule: number
  readonly noShow: number
  readonly lateMinutes: Weights<number>
  readonly engagement: readonly [number, number]
  readonly objectivesMet: number
  readonly technicalIssue: number
  /** Logins that prepare a session. */
  readonly login: number
  readonly responseMinutes: readonly [number, number]
}

export const ARCHETYPES: Weights<Archetype> = [
  ['high_performer', 30],
  ['new_tutor', 25],
  ['at_risk', 20],
  ['steady', 20],
  ['churner', 5],
]

/** More than ten minutes count as late, so every kind but the best reaches beyond ten. */
export const BEHAVIOURS: Readonly<Record<Archetype, Behaviour>> = {
  high_performer: {
    sessionsPerWeek: [18, 30],
    reschedule: 0.02,
    noShow: 0.01,
    lateMinutes: [
      [0, 85],
      [2, 10],
      [5, 5],
    ],
    engagement: [0.8, 1],
    objectivesMet: 0.95,
    technicalIssue: 0.02,
    login: 0.98,
    responseMinutes: [2, 20],
  },
  steady: {
    sessionsPerWeek: [12, 18],
    reschedule: 0.08,
    noShow: 0.03,
    lateMinutes: [
      [0, 65],
      [2, 20],
      [5, 10],
      [12, 5],
    ],
    engagement: [0.65, 0.85],
    objectivesMet: 0.9,
    technicalIssue: 0.02,
    login: 0.9,
    responseMinutes: [5, 45],
  },
  new_tutor: {
    sessionsPerWeek: [5, 20],
    reschedule: 0.12,
    noShow: 0.08,
    lateMinutes: [
      [0, 60],
      [2, 20],
      [5, 12],
      [12, 8],
    ],
    engagement: [0.5, 0.9],
    objectivesMet: 0.85,
    technicalIssue: 0.05,
    login: 0.95,
    responseMinutes: [5, 60],
  },
  at_risk: {
    sessionsPerWeek: [8, 15],
    reschedule: 0.25,
    noShow: 0.12,
    lateMinutes: [
      [0, 45],
      [5, 30],
      [12, 15],
      [20, 10],
    ],
    engagement: [0.4, 0.7],
    objectivesMet: 0.7,
    technicalIssue: 0.02,
    login: 0.6,
    responseMinutes: [30, 240],
  },
  churner: {
    sessionsPerWeek: [5, 12],
    reschedule: 0.4,
    noShow: 0.25,
    lateMinutes: [
      [0, 30],
      [5, 30],
      [12, 20],
      [20, 20],
    ],
    engagement: [0.2, 0.5],
    objectivesMet: 0.6,
    technicalIssue: 0.02,
    login: 0.35,
    responseMinutes: [60, 600],
  },
}
