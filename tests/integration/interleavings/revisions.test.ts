import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { activateRevision } from '../../../adapters/postgres/revision-store.ts'
import type { SteppedSession } from '../../support/stepped-session.ts'
import { order, RatedOrdersInSteps } from './rated-orders-in-steps.ts'

// A new revision comes in force while a commit or an evaluation under the former one is open.

const FORMER = 1

const NEXT = 2

const LOCKS = 'select revision from mp_pipeline for update'

let shops: RatedOrdersInSteps
let former: SteppedSession
let next: SteppedSession

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
  former = shops.session('former')
  next = shops.session('next')
})

afterAll(() => shops?.[Symbol.asyncDispose]())

beforeEach(async () => {
  await shops.startFrom([])
  await shops.database.pool.query('update mp_pipeline set revision = $1', [FORMER])
  await shops.startFrom([order('1', 'a')])
})

const activating = () => next.start((pool) => activateRevision(pool, shops.database.pipeline.metricSet, NEXT))

test('it waits for a commit that is open, and marks whom that one marked', async () => {
  const committed = shops.committing(order('2', 'a'), order('3', 'b'))(former)
  await former.through('mark-entities')
  const activated = activating()
  await next.intoWait(LOCKS)
  await former.finish()
  await next.finish()
  await committed
  expect(await activated).toBe('activated')
  expect(await shops.database.marked()).toEqual(['a', 'b'])
  expect(await factIds()).toEqual(['1', '2', '3'])
})

test('a commit that waits for it writes nothing at all', async () => {
  const activated = activating()
  await next.through(LOCKS)
  const committed = shops.committing(order('2', 'b'))(former)
  await former.intoWait('hold-revision')
  await next.finish()
  await former.finish()
  await activated
  await expect(committed).rejects.toThrow('another revision is in force')
  expect(await shops.database.marked()).toEqual(['a'])
  expect(await factIds()).toEqual(['1'])
})

test('it waits for an evaluation that is open, and marks whom that one evaluated', async () => {
  await shops.database.commit([order('2', 'a'), order('3', 'b')])
  const evaluated = shops.evaluating()(former)
  await former.through('evaluate')
  const activated = activating()
  await next.intoWait(LOCKS)
  await former.finish()
  await next.finish()
  await Promise.all([evaluated, activated])
  expect(await shops.database.marked()).toEqual(['a', 'b'])
})

test('an evaluation that took its marks before stores no row after it, and clears no mark', async () => {
  await shops.database.commit([order('2', 'a')])
  const evaluated = shops.evaluating()(former)
  await former.through('take-due-marks')
  const activated = activating()
  await next.finish()
  await former.finish()
  await Promise.all([evaluated, activated])
  expect(await shops.database.marked()).toEqual(['a'])
  const { rows } = await shops.database.pool.query('select entity, facts, revision from shop_metrics')
  expect(rows).toEqual([{ entity: 'a', facts: '1', revision: FORMER }])
})

async function factIds(): Promise<readonly string[]> {
  const { rows } = await shops.database.pool.query<{ id: string }>('select id from fact_order order by id')
  return rows.map(({ id }) => id)
}
