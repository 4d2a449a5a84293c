import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { dailyTable, identifier } from '../../../adapters/postgres/set-sql/identifiers.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { dayOf } from '../../../core/time/calendar.ts'
import { floorUtcDay, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { ratedOrderHistories, tutorHistories } from '../../support/arbitrary-histories.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { runs } from '../../support/property-runs.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { columnsOf, readComputed, storedRows } from '../../support/stored-rows.ts'

// A live row as of a midnight, the daily row of that day, and core: three executions of one definition.

const NOW = Date.now() * 1_000

const databases: PipelineDatabase[] = []

afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]()
})

describe.each([
  ['orders and their ratings', async () => ratedOrdersPipeline(), ratedOrderHistories],
  ['the same in sliding windows', async () => ratedOrdersPipeline({ alignment: 'Sliding' }), ratedOrderHistories],
  ['tutors', () => loadPipeline('examples/tutor-performance.yaml'), tutorHistories],
] as const)('%s', (_what, load, historiesOf) => {
  test('the live row of a midnight is the daily row of its day, and what core makes of the facts', async () => {
    const database = await PipelineDatabase.open(await load())
    databases.push(database)
    const { pipeline, url, pool } = database
    const { metricSet } = pipeline
    const cases = fc.record({
      history: historiesOf(metricSet, NOW),
      daysAgo: fc.integer({ min: 0, max: 3 }),
      batchSize: fc.integer({ min: 1, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ history, daysAgo, batchSize }) => {
        const midnight = floorUtcDay(NOW) - daysAgo * MICROS_PER_DAY
        const day = dayOf(midnight)
        await database.empty()
        await database.commit(history)
        await database.catchUp()
        const summary = await runDailyAggregation({ pipeline, databaseUrl: url, day, batchSize, includeInactive: true })
        expect(summary.parity).toMatchObject({ mismatches: 0, missing: 0, overdue: 0 })

        const live = liveFacts(metricSet, history)
        await evaluateAt(database, [...live.keys()], midnight)
        const rows = (await storedRows(pool, metricSet)).filter(({ entity }) => live.has(entity))
        expect(new Map(rows.map(({ entity, computed }) => [entity, computed]))).toEqual(
          new Map(
            [...live].map(([entity, facts]) => [
              entity,
              columnsOf(metricSet, evaluateEntity(metricSet, facts, midnight)),
            ]),
          ),
        )
        const daily = await readComputed(pool, metricSet, identifier(dailyTable(metricSet)))
        const withFacts = rows.filter(({ computed }) => computed['facts'] !== '0')
        expect(daily).toEqual(new Map(withFacts.map(({ entity, computed }) => [entity, computed])))
      }),
      runs(15),
    )
  })
})
