import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { ratedOrderHistories, tutorHistories } from '../../support/arbitrary-histories.ts'
import { evaluateAt } from '../../support/evaluate-at.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { runs } from '../../support/property-runs.ts'
import { ratedOrdersPipeline } from '../../support/rated-orders.ts'
import { columnsOf, type StoredRow, storedRows } from '../../support/stored-rows.ts'

// Facts come in any order, in batches of any size, some of them twice, with evaluations in between: the rows are always the same.

const NOW = Date.now() * 1_000

const NEVER = new AbortController().signal

const databases: PipelineDatabase[] = []

afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]()
})

/** What is done between two batches. */
const PAUSES = ['nothing', 'evaluate', 'resolve references', 'evaluate next changes', 'catch up'] as const

interface Batch {
  readonly facts: readonly Fact[]
  readonly pause: (typeof PAUSES)[number]
}

/** All facts at least once, in any order. */
function batches(history: readonly Fact[]): fc.Arbitrary<readonly Batch[]> {
  const repeated = fc.subarray([...history]).map((some) => [...history, ...some])
  const shuffled = repeated.chain((facts) => fc.shuffledSubarray(facts, { minLength: facts.length }))
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...PAUSES)), {
    minLength: 60,
    maxLength: 60,
  })
  return fc.tuple(shuffled, sizes).map(([facts, cuts]) => {
    const split: Batch[] = []
    let from = 0
    for (const [size, pause] of cuts) {
      if (from < facts.length) split.push({ facts: facts.slice(from, from + size), pause })
      from += size
    }
    return split
  })
}

describe.each([
  ['orders and their ratings', async () => ratedOrdersPipeline(), ratedOrderHistories, 40],
  ['the same in sliding windows', async () => ratedOrdersPipeline({ alignment: 'Sliding' }), ratedOrderHistories, 20],
  ['tutors', () => loadPipeline('examples/tutor-performance.yaml'), tutorHistories, 25],
] as const)('%s', (_what, load, historiesOf, numRuns) => {
  test('any order and any split into batches gives the rows of one batch in order, and of core', async () => {
    const database = await PipelineDatabase.open(await load())
    databases.push(database)
    const { metricSet } = database.pipeline
    const cases = historiesOf(metricSet, NOW).chain((history) => fc.tuple(fc.constant(history), batches(history)))
    await fc.assert(
      fc.asyncProperty(cases, async ([history, split]) => {
        const rows = await rowsAfter(database, split)
        expect(await database.parity()).toMatchObject({ mismatches: 0, missing: 0, overdue: 0 })
        expect(rows).toEqual(await rowsOfOneBatch(database, history, rows))
        const live = liveFacts(metricSet, history)
        for (const { entity, asOf, computed } of rows) {
          expect(computed).toEqual(columnsOf(metricSet, evaluateEntity(metricSet, live.get(entity) ?? [], asOf)))
          live.delete(entity)
        }
        expect([...live].filter(([, facts]) => facts.length > 0)).toEqual([])
      }),
      runs(numRuns),
    )
  })
})

async function rowsAfter(database: PipelineDatabase, split: readonly Batch[]): Promise<readonly StoredRow[]> {
  await database.empty()
  for (const { facts, pause } of split) {
    await database.commit(facts)
    await pauseFor(database, pause)
  }
  await database.catchUp()
  return storedRows(database.pool, database.pipeline.metricSet)
}

async function pauseFor(database: PipelineDatabase, pause: Batch['pause']): Promise<void> {
  const { evaluator } = database
  switch (pause) {
    case 'nothing':
      return
    case 'evaluate':
      await evaluator.evaluateDue({ quietMs: 0, maxWaitMs: 0 }, 2)
      return
    case 'resolve references':
      await evaluator.resolveReferences(NEVER)
      return
    case 'evaluate next changes':
      await evaluator.evaluateNextChanges(2)
      return
    case 'catch up':
      return database.catchUp()
  }
}

/** Evaluated as of the same instants as other rows. */
async function rowsOfOneBatch(
  database: PipelineDatabase,
  history: readonly Fact[],
  others: readonly StoredRow[],
): Promise<readonly StoredRow[]> {
  await database.empty()
  await database.commit(history)
  for (const [asOf, rows] of Map.groupBy(others, (row) => row.asOf))
    await evaluateAt(
      database,
      rows.map(({ entity }) => entity),
      asOf,
    )
  return storedRows(database.pool, database.pipeline.metricSet)
}
