import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fact } from '../../../core/events/parse-event.ts'
import { forEveryChoice } from '../../support/interleave.ts'
import { deleted, order, RatedOrdersInSteps, rating } from './rated-orders-in-steps.ts'

// A rating and the order that it refers to, in two sessions at the same moment.

let shops: RatedOrdersInSteps

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

interface Meeting {
  readonly before?: readonly Fact[]
  readonly referring: readonly Fact[]
  readonly referred: readonly Fact[]
}

const MEETINGS: readonly (readonly [sentence: string, meeting: Meeting])[] = [
  ['the order is new', { referring: [rating('r', 'o')], referred: [order('o', 'a')] }],
  [
    'the order is new and was missed before',
    { before: [rating('q', 'o')], referring: [rating('r', 'o')], referred: [order('o', 'a')] },
  ],
  ['the order moves', { before: [order('o', 'a')], referring: [rating('r', 'o')], referred: [order('o', 'b', 2)] }],
  [
    'the order is deleted',
    { before: [order('o', 'a')], referring: [rating('r', 'o')], referred: [deleted('order', 'o', 2)] },
  ],
  [
    'the order comes back',
    {
      before: [order('o', 'a'), deleted('order', 'o', 2)],
      referring: [rating('r', 'o')],
      referred: [order('o', 'b', 3)],
    },
  ],
  [
    'the rating turns to a new order',
    { before: [order('o', 'a'), rating('r', 'o')], referring: [rating('r', 'p', 2)], referred: [order('p', 'b')] },
  ],
  [
    'the rating leaves an order that moves',
    {
      before: [order('o', 'a'), order('p', 'c'), rating('r', 'o')],
      referring: [rating('r', 'p', 2)],
      referred: [order('o', 'b', 2)],
    },
  ],
  [
    'the rating is deleted while its order moves',
    {
      before: [order('o', 'a'), rating('r', 'o')],
      referring: [deleted('rating', 'r', 2)],
      referred: [order('o', 'b', 2)],
    },
  ],
  [
    'each comes with another version of the other',
    { referring: [rating('r', 'o', 2), order('o', 'a', 1)], referred: [order('o', 'b', 2), rating('r', 'p', 1)] },
  ],
]

describe('in every order of statements, whichever is first and both at once, rows are those of the facts', () => {
  test.each(MEETINGS)('%s', async (_sentence, { before = [], referring, referred }) => {
    const orders = await forEveryChoice(async (pick) => {
      await shops.startFrom(before)
      await shops.sideBySideEvaluated(
        { referring: shops.committing(...referring), referred: shops.committing(...referred) },
        pick,
      )
      await shops.expectRowsOf([...before, ...referring, ...referred])
    })
    expect(orders).toBeGreaterThan(5)
    expect(await shops.database.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  })
})
