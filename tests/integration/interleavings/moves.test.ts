import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fact } from '../../../core/events/parse-event.ts'
import { forEveryChoice } from '../../support/interleave.ts'
import { deleted, order, RatedOrdersInSteps, rating } from './rated-orders-in-steps.ts'

// Facts that leave one entity for another, in two sessions at the same moment.

let shops: RatedOrdersInSteps

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

test('a fact that moves marks both entities', async () => {
  await shops.startFrom([order('o', 'a')])
  await shops.database.commit([order('o', 'b', 2)])
  expect(await shops.database.marked()).toEqual(['a', 'b'])
})

test('a fact that moves takes what refers to it along', async () => {
  await shops.startFrom([order('o', 'a'), rating('r', 'o')])
  await shops.database.commit([order('o', 'b', 2)])
  await shops.expectRowsOf([order('o', 'b', 2), rating('r', 'o')])
})

test('the entity that a move leaves is the one of the row that it replaces, not of one read earlier', async () => {
  const [first, second] = [shops.session('first'), shops.session('second')]
  await shops.startFrom([order('o', 'a')])
  const moving = [shops.committing(order('o', 'b', 2))(first), shops.committing(order('o', 'c', 3))(second)]
  await first.through('upsert order')
  await second.intoWait('upsert order') // to whom the order is still that of a
  await first.finish()
  await shops.database.catchUp() // now b has it, and no mark
  await second.finish()
  await Promise.all(moving)
  expect(await shops.database.marked()).toEqual(['b', 'c'])
})

describe('two transactions move one fact at once, in every order of statements', () => {
  test.each<[string, readonly Fact[], readonly Fact[], readonly Fact[]]>([
    ['on from a', [order('o', 'a')], [order('o', 'b', 2)], [order('o', 'c', 3)]],
    ['to and fro', [order('o', 'a')], [order('o', 'b', 2)], [order('o', 'a', 3)]],
    ['before it was there', [], [order('o', 'a', 1)], [order('o', 'b', 2)]],
    ['away and out of existence', [order('o', 'a')], [order('o', 'b', 2)], [deleted('order', 'o', 3)]],
    ['two facts past each other', [order('o', 'a'), order('p', 'b')], [order('o', 'b', 2)], [order('p', 'a', 2)]],
    [
      'by what they refer to',
      [order('o', 'a'), order('p', 'b'), order('q', 'c'), rating('r', 'o')],
      [rating('r', 'p', 2)],
      [rating('r', 'q', 3)],
    ],
  ])('%s', async (_sentence, before, one, other) => {
    await forEveryChoice(async (pick) => {
      await shops.startFrom(before)
      await shops.sideBySideEvaluated({ one: shops.committing(...one), other: shops.committing(...other) }, pick)
      await shops.expectRowsOf([...before, ...one, ...other])
    })
    expect(await shops.database.parity()).toMatchObject({ mismatches: 0, missing: 0 })
  })
})
