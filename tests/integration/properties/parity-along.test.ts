import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { identifier, rowTable } from '../../../adapters/postgres/set-sql/identifiers.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { dayOf } from '../../../core/time/calendar.ts'
import { floorUtcDay, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { ratedOrderHistories, tutorHistories } from '../../support/arbitrary-histories.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { runs } from '../../support/property-runs.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'

// Parity found out along with the daily rows of any day is what the recomputation of every live row at its own as-of finds.

const NOW = Date.now() * 1_000

/** What somebody else may have done to a row. */
const TAMPERING = [
  'as_of = as_of',
  'facts = facts + 1',
  "as_of = as_of + interval '1 day'",
  "as_of = as_of - interval '1 day'",
  "next_change_at = next_change_at + interval '1 microsecond'",
  'next_change_at = null',
]

const databases: PipelineDatabase[] = []

afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]()
})

const instants = fc
  .tuple(fc.integer({ min: -3, max: 0 }), fc.constantFrom(0, 1, 1 / 3, 1 / 2, 2 / 3))
  .map(
    ([day, ofDay]) => floorUtcDay(NOW) + day * MICROS_PER_DAY + (ofDay === 1 ? 1 : Math.floor(ofDay * MICROS_PER_DAY)),
  )

describe.each([
  ['orders and their ratings', async () => ratedOrdersPipeline(), ratedOrderHistories],
  ['the same in sliding windows', async () => ratedOrdersPipeline({ alignment: 'Sliding' }), ratedOrderHistories],
  ['tutors', () => loadPipeline('examples/tutor-performance.yaml'), tutorHistories],
] as const)('%s', (_what, load, historiesOf) => {
  test('along with daily rows or apart, parity finds the same', async () => {
    const database = await PipelineDatabase.open(await load())
    databases.push(database)
    const { pipeline, url, pool } = database
    const { metricSet } = pipeline
    const table = identifier(rowTable(metricSet))
    const cases = fc.record({
      history: historiesOf(metricSet, NOW),
      asOfs: fc.array(instants, { minLength: 3, maxLength: 3 }),
      daysAgo: fc.integer({ min: 0, max: 3 }),
      batchSize: fc.integer({ min: 1, max: 3 }),
      tampering: fc.constantFrom(...TAMPERING),
      tampered: fc.nat({ max: 2 }),
      gone: fc.option(fc.nat({ max: 2 })),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ history, asOfs, daysAgo, batchSize, tampering, tampered, gone }) => {
        await database.empty()
        await database.commit(history)
        await database.catchUp()
        const entities = [...liveFacts(metricSet, history).keys()].sort()
        for (const [i, entity] of entities.entries()) await evaluateAt(database, [entity], asOfs[i] as number)
        await pool.query(`update ${table} set ${tampering} where entity = $1`, [entities[tampered]])
        if (gone !== null) await pool.query(`delete from ${table} where entity = $1`, [entities[gone]])

        const expected = await database.parity()
        const day = dayOf(floorUtcDay(NOW) - daysAgo * MICROS_PER_DAY)
        const { parity } = await runDailyAggregation({ pipeline, databaseUrl: url, day, batchSize })
        expect(parity).toEqual(expected)
      }),
      runs(25),
    )
  })
})
