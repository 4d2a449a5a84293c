import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCompositeCalculator } from '../../../adapters/postgres/composite-calculator.ts'
import { encodeFacts } from '../../../adapters/postgres/encode-facts.ts'
import { instants } from '../../../adapters/postgres/evaluator.ts'
import { createPostgresPool, type Pool } from '../../../adapters/postgres/postgres-pool.ts'
import { upsertFactsStatement } from '../../../adapters/postgres/set-sql/fact-statements.ts'
import { entitiesScope } from '../../../adapters/postgres/set-sql/scopes.ts'
import { setTableStatements } from '../../../adapters/postgres/set-sql/set-tables.ts'
import { rowColumns, windowQuery } from '../../../adapters/postgres/set-sql/window-query.ts'
import { scopesOf } from '../../../core/composite/composite-scopes.ts'
import { evaluateComposite } from '../../../core/composite/evaluate-composite.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { checkDefinition } from '../../../core/metric-sets/check-definition.ts'
import {
  createMetricSet,
  type MetricSet,
  type MetricSetOptions,
  type ScoredSet,
} from '../../../core/metric-sets/metric-set.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { anyScoredDefinition, SCORED_EVENTS } from '../../support/arbitrary-composites.ts'
import { SAMPLES } from '../../support/arbitrary-definitions.ts'
import { factCreator } from '../../support/create-fact.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { runs } from '../../support/property-runs.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'

// A composite has two executions, the SQL made from it and core. They agree to the last digit, in every scope.

const AS_OF: Instant = Date.UTC(2026, 10, 23, 15) * 1_000

/** Rows are older than the score that is made of them. */
const ROWS_AS_OF = AS_OF - MICROS_PER_DAY

const SHOPS = ['one', 'few', 'many', 'nowhere']

let fresh: FreshDatabase
let db: Pool

beforeAll(async () => {
  fresh = await freshDatabase()
  db = createPostgresPool({
    url: fresh.url,
    schema: 'public',
    applicationName: 'test',
    maxConnections: 1,
    onError: () => undefined,
  })
})

afterAll(async () => {
  await db?.end()
  await fresh?.drop()
})

const optional = (field: keyof typeof SAMPLES) => fc.option(fc.constantFrom(...SAMPLES[field]))

const orderData = fc.record({
  shop: fc.constantFrom(...SHOPS),
  placedAt: fc.integer({ min: -24, max: 9 * 24 }).map((hours) => formatInstant(AS_OF - hours * (MICROS_PER_DAY / 24))),
  cents: fc.constantFrom(...SAMPLES.cents),
  points: optional('points'),
  kilos: optional('kilos'),
  carats: optional('carats'),
  express: fc.option(fc.boolean()),
  kind: fc.option(fc.constantFrom('book', 'toy', "o'clock")),
})

const ratingData = fc.record({
  orderId: fc.integer({ min: 0, max: 30 }).map(String),
  stars: fc.constantFrom(...SAMPLES.stars),
  weight: optional('weight'),
})

const profileData = fc.record({
  region: fc.option(fc.constantFrom('North', "l'Est", 'a=b')),
  open: fc.option(fc.boolean()),
})

const cases = fc.record({
  definition: anyScoredDefinition,
  alignment: fc.constantFrom('UtcDay', 'Sliding'),
  asOf: fc.constantFrom('Clock', 'EventTime'),
  weights: fc.constantFrom({}, { w0: 7.25 }),
  orders: fc.array(orderData, { maxLength: 30 }),
  ratings: fc.array(ratingData, { maxLength: 30 }),
  profiles: fc.tuple(profileData, profileData, profileData),
})

test('the SQL of any composite gives what core gives, for any facts and rows', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ definition, alignment, asOf, weights, orders, ratings, profiles }) => {
      const options: MetricSetOptions = { windows: [2, 7], alignment, asOf }
      expect(checkDefinition(definition, options)).toEqual([])
      const set = createMetricSet(definition, options) as ScoredSet
      const facts = factsOf(set, orders, ratings, profiles)
      await store(set, facts)

      const live = liveFacts(set, facts)
      const entities = SHOPS.map((shop) => {
        const own = live.get(shop) ?? []
        return { facts: own, row: evaluateEntity(set, own, ROWS_AS_OF) }
      })
      const calculator = createCompositeCalculator(set, weights)
      const scopes = scopesOf(set.composite)
      expect(scopes).toEqual(['pipeline', 'region=North', "region=l'Est", 'region=a=b', 'open=true', 'open=false'])
      for (const scope of scopes) {
        const expected = evaluateComposite(set, scope, entities, AS_OF, weights)
        expect([scope, await calculator.calculate(db, scope, AS_OF)]).toEqual([scope, expected])
      }
    }),
    runs(60),
  )
})

function factsOf(
  set: MetricSet,
  orders: readonly object[],
  ratings: readonly object[],
  profiles: readonly object[],
): readonly Fact[] {
  const create = factCreator(set)
  return [
    ...orders.map((data, index) => create('order', String(index), data, 1)),
    ...ratings.map((data, index) => create('rating', String(index), data, 1)),
    ...profiles.map((data, index) => {
      const shop = SHOPS[index] as string
      return create('profile', shop, { shop, ...data }, 1)
    }),
  ]
}

/** The tables of one definition with these facts, the rows that follow from them, and the as-of of the data. */
async function store(set: MetricSet, facts: readonly Fact[]): Promise<void> {
  const tables = ['shop_metrics', 'shop_metrics_daily', ...Object.keys(SCORED_EVENTS).map((name) => `fact_${name}`)]
  await db.query(`drop table if exists ${[...tables, 'mp_as_of'].join(', ')}`)
  for (const statement of setTableStatements(set)) await db.query(statement)
  await db.query(`create table mp_as_of as select timestamptz '${formatInstant(AS_OF)}' as as_of`)
  for (const [type, own] of Map.groupBy(facts, (fact) => fact.type))
    await db.query(upsertFactsStatement(type), encodeFacts(type, own))
  const columns = rowColumns(set).map((column) => `"${column}"`)
  await db.query(
    `insert into shop_metrics (evaluation, as_of, revision, ${columns.join(', ')})
     select 1, $2::timestamptz, 1, ${columns.join(', ')} from (${windowQuery(set, entitiesScope(set))}) computed`,
    [SHOPS, ...instants(set, ROWS_AS_OF)],
  )
}
