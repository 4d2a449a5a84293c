import { beforeEach, expect, test } from 'vitest'
import { DirtyEntities } from '../../../../core/marks/dirty-entities.ts'
import type { EventType } from '../../../../core/metric-sets/metric-set.ts'
import { factCreator } from '../../../support/create-fact.ts'
import { ratedOrdersPipeline } from '../../../support/rated-orders.ts'

const { metricSet } = ratedOrdersPipeline()
const create = factCreator(metricSet)
const orderType = metricSet.events.find(({ name }) => name === 'order') as EventType

const order = (id: string, shop: string, at: number) =>
  create('order', id, { shop, placedAt: '2026-11-01T00:00:00Z', cents: 1 }, at)
const rating = (id: string, orderId: string, at: number) => create('rating', id, { orderId, stars: 5 }, at)

let dirty: DirtyEntities

beforeEach(() => {
  dirty = new DirtyEntities()
})

test('a fact makes its entity dirty, since the earliest publication', () => {
  for (const at of [5, 3, 9]) dirty.addFact(order('1', 'a', at))
  expect([...dirty.entities]).toEqual([['a', 3]])
})

test('a fact that moved makes the entity that it left dirty too', () => {
  dirty.addFact(order('1', 'b', 5))
  dirty.addMoved(order('1', 'b', 5), { entity: 'a', reference: null })
  expect([...dirty.entities.keys()]).toEqual(['b', 'a'])
})

test('a reference leads to the entity of a fact of the same batch, without a look at the database', () => {
  dirty.addFact(rating('r', '1', 5))
  dirty.addFact(order('1', 'a', 6))
  expect(dirty.unknown(orderType)).toEqual([])
  dirty.follow(orderType)
  expect([...dirty.entities]).toEqual([['a', 5]])
})

test('a reference that is in nobody’s batch has to be looked up, and stays where it leads nowhere', () => {
  dirty.addFact(rating('r', '1', 5))
  dirty.addFact(rating('s', '2', 5))
  dirty.addMoved(rating('s', '2', 5), { reference: '3' })
  expect(dirty.unknown(orderType)).toEqual(['1', '2', '3'])
  dirty.know(orderType, '1', 'a')
  dirty.know(orderType, '3', null) // deleted, and may come back
  dirty.follow(orderType)
  expect([...dirty.entities.keys()]).toEqual(['a'])
  expect([...(dirty.references.get(orderType)?.keys() ?? [])]).toEqual(['2', '3'])
})
