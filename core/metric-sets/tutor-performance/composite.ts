import type { CompositeDefinition } from '../definition.ts'

/**
 * How well all tutors together do, 0 to 100: sessions that take place and begin in time, objectives that are met, and ratings, each session
 * and each rating alike. It is made of the stored rows, for whoever looks at a fleet needs no more than that.
 */
export const FLEET_QUALITY: CompositeDefinition = {
  name: 'fleet_quality',
  description:
    'How well all tutors together do, 0 to 100: sessions that take place, begin in time and meet their objectives, and their ratings',
  over: 'Rows',
  inputs: {
    attendance: { ratio: ['attended', 'sessions'], description: 'Share of scheduled sessions that are no no-shows' },
    punctuality: {
      ratio: ['punctual', 'attended'],
      description: 'Share of attended sessions that began at most ten minutes late',
    },
    objectives: {
      ratio: ['objectives_met', 'objectives_known'],
      description: 'Share of attended sessions that met their objectives, of those known',
    },
    rating: { ratio: ['rating_sum', 'ratings'], description: 'Mean rating, 1 to 5' },
  },
  weights: { attendance: 25, punctuality: 15, objectives: 30, rating: 7.5, lowest_rating: 7.5 },
  score: [
    { plus: 'attendance', times: 'attendance' },
    { plus: 'punctuality', times: 'punctuality' },
    { plus: 'objectives', times: 'objectives' },
    { plus: 'rating', times: 'rating' },
    { minus: 'lowest_rating' }, // the worst rating is 1, not 0
  ],
  minimum: 0,
  maximum: 100,
  decimals: 2,
  sample: 'sessions',
}
