import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import {
  floorUtcDay,
  formatInstant,
  type Instant,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
} from '../../../core/time/instant.ts'
import { ratedOrderHistories } from '../../support/arbitrary-histories.ts'
import { factCreator } from '../../support/create-fact.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { runs } from '../../support/property-runs.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { columnsOf, storedRows } from '../../support/stored-rows.ts'

// Where as-of follows the data, it is the midnight after the latest order that is not dated ahead, however the orders came.

const PIPELINE = ratedOrdersPipeline({ asOf: 'EventTime' })

const create = factCreator(PIPELINE.metricSet)

const NOW: Instant = Date.now() * 1_000

let database: PipelineDatabase

beforeAll(async () => {
  database = await PipelineDatabase.open(PIPELINE)
})

afterAll(() => database?.[Symbol.asyncDispose]())

test('as-of is the same for any order and any split of the events', async () => {
  const minutes = fc.oneof(fc.integer({ min: -20 * 24 * 60, max: -1 }), fc.integer({ min: 30, max: 5 * 24 * 60 }))
  const batches = fc.array(fc.array(minutes, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(batches, async (split) => {
      await database.empty()
      for (const batch of split)
        await database.commit(batch.map((offset, i) => orderAt(`${offset} ${i}`, NOW + offset * MICROS_PER_MINUTE)))
      const past = split.flat().filter((offset) => offset < 0)
      const greatest = past.length === 0 ? undefined : NOW + Math.max(...past) * MICROS_PER_MINUTE
      expect(await database.evaluator.readAsOf()).toBe(greatest && floorUtcDay(greatest) + MICROS_PER_DAY)
    }),
    runs(60),
  )
})

test('all rows are as of that instant, and what core makes of the facts', async () => {
  const { metricSet } = PIPELINE
  const cases = fc.tuple(ratedOrderHistories(metricSet, NOW), fc.integer({ min: 1, max: 8 }))
  await fc.assert(
    fc.asyncProperty(cases, async ([history, size]) => {
      await database.empty()
      for (let i = 0; i < history.length; i += size) {
        await database.commit(history.slice(i, i + size))
        await database.catchUp()
      }
      while ((await database.evaluator.evaluateNextChanges(2)).entities > 0);
      const asOf = await database.evaluator.readAsOf()
      const live = liveFacts(metricSet, history)
      for (const row of await storedRows(database.pool, metricSet)) {
        expect(row.asOf).toBe(asOf ?? row.asOf)
        expect(row.computed).toEqual(
          columnsOf(metricSet, evaluateEntity(metricSet, live.get(row.entity) ?? [], row.asOf)),
        )
      }
      expect(await database.parity()).toMatchObject({ mismatches: 0, missing: 0, overdue: 0 })
    }),
    runs(25),
  )
})

function orderAt(id: string, at: Instant) {
  return create('order', id, { shop: 'a', placedAt: formatInstant(at), cents: 1 }, 1)
}
