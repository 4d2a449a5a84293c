import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fact } from '../../../core/events/parse-event.ts'
import { interleave } from '../../support/interleave.ts'
import { order, RatedOrdersInSteps, rating } from './rated-orders-in-steps.ts'

// Batches with the same facts in opposite order. A third session holds something in the middle, so that each of the two takes all the locks
// that it takes before that one, and could come to hold what the other wants.

let shops: RatedOrdersInSteps

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

const IDS = ['1', '2', '3', '4', '5']

const MIDDLE = IDS[2] as string

const ORDERS = IDS.map((id) => order(id, `shop ${id}`))

test.each<[string, readonly Fact[], string, string]>([
  ['facts', IDS.map((id) => order(id, 'a', 2)), 'upsert order', `select from fact_order where id = '${MIDDLE}'`],
  [
    'facts that are referred to',
    IDS.map((id) => rating(`of ${id}`, id)),
    'find order',
    `select from fact_order where id = '${MIDDLE}'`,
  ],
  [
    'marks',
    IDS.map((id) => order(`another of ${id}`, `shop ${id}`)),
    'mark-entities',
    `select from mp_mark where entity = 'shop ${MIDDLE}'`,
  ],
  [
    'references that lead nowhere',
    IDS.map((id) => rating(`of ${id}`, `none ${id}`)),
    'remember-unresolved',
    `select from mp_unresolved_reference where reference = 'none ${MIDDLE}'`,
  ],
])('two batches with the same %s in opposite order do not deadlock', async (_what, facts, statement, middle) => {
  const [one, other] = [shops.session('one'), shops.session('other')]
  await shops.startFrom([])
  await shops.database.commit([...ORDERS, ...IDS.map((id) => rating(`former of ${id}`, `none ${id}`))])
  const holder = await shops.database.pool.connect()
  await holder.query('begin')
  expect((await holder.query(`${middle} for update`)).rowCount).toBe(1)

  // Facts of different ids where the lock is about something else, or the facts themselves would be in the way
  const theirs = statement === 'upsert order' ? facts : facts.map((fact) => ({ ...fact, id: `${fact.id} again` }))
  const commits = [shops.committing(...facts)(one), shops.committing(...theirs.toReversed())(other)]
  await one.intoWait(statement)
  await other.intoWait(statement)
  await holder.query('rollback')
  holder.release()
  await interleave(
    new Map([
      ['one', one],
      ['other', other],
    ]),
    () => 0,
  )
  await Promise.all(commits)
})
