import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fact } from '../../../core/events/parse-event.ts'
import { type Instant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { forEveryChoice } from '../../support/interleave.ts'
import { order, RatedOrdersInSteps, rating } from './rated-orders-in-steps.ts'

// An evaluation while facts are committed to the entity that it evaluates, and two evaluations of one entity.

let shops: RatedOrdersInSteps

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

const SEEN = order('seen', 'a')

describe('a mark set while its entity is being evaluated is not lost', () => {
  test.each<[string, readonly Fact[]]>([
    ['by facts of two entities', [order('new', 'a'), order('other', 'b')]],
    ['by a fact that leaves', [order('seen', 'b', 2)]],
    ['by a fact that refers', [rating('r', 'seen')]],
  ])('%s, in every order of statements', async (_sentence, facts) => {
    const marked = [SEEN, order('waiting', 'a'), order('waiting too', 'b')]
    const orders = await forEveryChoice(async (pick) => {
      await shops.startFrom([SEEN])
      await shops.database.commit(marked)
      await shops.sideBySide({ evaluating: shops.evaluating(), committing: shops.committing(...facts) }, pick)
      await shops.expectRowsOf([...marked, ...facts])
    })
    expect(orders).toBeGreaterThan(20)
  })

  test('by a fact that nothing was marked for yet', async () => {
    await forEveryChoice(async (pick) => {
      await shops.startFrom([SEEN])
      await shops.sideBySide({ evaluating: shops.evaluating(), committing: shops.committing(order('new', 'a')) }, pick)
      await shops.expectRowsOf([SEEN, order('new', 'a')])
    })
  })
})

test('two evaluations of one entity at once leave the row of its facts', async () => {
  await forEveryChoice(async (pick) => {
    await shops.startFrom([SEEN])
    await shops.database.commit([order('new', 'a'), order('other', 'b')])
    await shops.sideBySide({ one: shops.evaluating(), other: shops.evaluating() }, pick)
    await shops.expectRowsOf([SEEN, order('new', 'a'), order('other', 'b')])
  })
})

test('a row that time moves on while a fact is committed to it is not left behind', async () => {
  const beforeIt = (SEEN.at as Instant) - MICROS_PER_DAY
  await forEveryChoice(async (pick) => {
    await shops.startFrom([SEEN])
    await evaluateAt(shops.database, ['a'], beforeIt)
    const byTime = shops.evaluating((evaluator) => evaluator.evaluateNextChanges(10))
    await shops.sideBySide({ byTime, committing: shops.committing(order('new', 'a')) }, pick)
    expect(await shops.database.marked()).toEqual(['a'])
    await shops.expectRowsOf([SEEN, order('new', 'a')])
  })
  await shops.startFrom([SEEN])
  await evaluateAt(shops.database, ['a'], beforeIt)
  expect(await shops.database.evaluator.evaluateNextChanges(10)).toMatchObject({ entities: 1 })
  await shops.expectRowsOf([SEEN])
})

test('an evaluation that read older facts never stores over one that read newer ones', async () => {
  await shops.startFrom([order('1', 'a'), order('2', 'b')])
  await shops.database.commit([order('3', 'a'), order('4', 'b')])
  const holder = await shops.database.pool.connect()
  await holder.query('begin')
  await holder.query("select from shop_metrics where entity = 'a' for update")

  const older = shops.session('older')
  const evaluated = shops.evaluating()(older)
  await older.intoWait('evaluate') // with the facts of now in its hands, it waits to store the first of its two rows
  await shops.database.commit([order('5', 'b')])
  await shops.database.evaluator.evaluateMarked(['b'])
  expect(await factsInRows()).toMatchObject({ b: '3' })

  await holder.query('rollback')
  holder.release()
  await older.finish()
  await evaluated
  expect(await factsInRows()).toEqual({ a: '2', b: '3' })
  await shops.expectRowsOf(['1', '2', '3', '4', '5'].map((id, i) => order(id, i % 2 === 0 && id !== '5' ? 'a' : 'b')))
})

test('an evaluation without a mark clears none', async () => {
  await shops.startFrom([SEEN])
  await shops.database.commit([order('new', 'a')])
  await shops.database.evaluator.evaluateEntities(['a'])
  expect(await shops.database.marked()).toEqual(['a'])
})

async function factsInRows(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await shops.database.pool.query<{ entity: string; facts: string }>(
    'select entity, facts from shop_metrics',
  )
  return Object.fromEntries(rows.map(({ entity, facts }) => [entity, facts]))
}
