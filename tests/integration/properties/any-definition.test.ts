import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeFacts } from '../../../adapters/postgres/encode-facts.ts'
import { instants } from '../../../adapters/postgres/evaluator.ts'
import { createPostgresPool, type Pool } from '../../../adapters/postgres/postgres-pool.ts'
import { upsertFactsStatement } from '../../../adapters/postgres/set-sql/fact-statements.ts'
import { entitiesScope } from '../../../adapters/postgres/set-sql/scopes.ts'
import { setTableStatements } from '../../../adapters/postgres/set-sql/set-tables.ts'
import { windowQuery } from '../../../adapters/postgres/set-sql/window-query.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { checkDefinition } from '../../../core/metric-sets/check-definition.ts'
import type { MetricSetDefinition } from '../../../core/metric-sets/definition.ts'
import { createMetricSet, type MetricSet, type MetricSetOptions } from '../../../core/metric-sets/metric-set.ts'
import { evaluateEntity } from '../../../core/metrics/evaluate-entity.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { anyDefinition, MEASURED_EVENTS, SAMPLES } from '../../support/arbitrary-definitions.ts'
import { factCreator } from '../../support/create-fact.ts'
import { liveFacts } from '../../support/live-facts.ts'
import { runs } from '../../support/property-runs.ts'
import { type FreshDatabase, freshDatabase } from '../../support/servers.ts'
import { columnsOf, readComputed } from '../../support/stored-rows.ts'

// A definition has two executions, the SQL made from it and core. They agree on everything that can be defined.

const AS_OF: Instant = Date.UTC(2026, 10, 23, 15) * 1_000

const OPTIONS: MetricSetOptions = { windows: [2, 7], alignment: 'UtcDay' }

const SHOPS = ['none', 'one', 'few', 'many']

const FACTS_ONLY: MetricSetDefinition = {
  entity: 'shop',
  events: MEASURED_EVENTS,
  accumulators: { orders: { count: 'order' } },
  metrics: { orders: { value: 'orders' } },
}

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
  const set = createMetricSet(FACTS_ONLY, OPTIONS)
  for (const statement of setTableStatements(set)) await db.query(statement)
})

afterAll(async () => {
  await db?.end()
  await fresh?.drop()
})

const optional = (field: keyof typeof SAMPLES) => fc.option(fc.constantFrom(...SAMPLES[field]))

const orderData = fc.record({
  shop: fc.constantFrom('one', 'few', 'few', 'many', 'many', 'many', 'many'),
  placedAt: fc.integer({ min: 1, max: 9 * 24 }).map((hours) => formatInstant(AS_OF - hours * (MICROS_PER_DAY / 24))),
  cents: fc.constantFrom(...SAMPLES.cents),
  points: optional('points'),
  kilos: optional('kilos'),
  carats: optional('carats'),
  express: fc.option(fc.boolean()),
  kind: fc.option(fc.constantFrom('book', 'toy', "o'clock")),
})

const ratingData = fc.record({
  orderId: fc.integer({ min: 0, max: 40 }).map(String),
  stars: fc.constantFrom(...SAMPLES.stars),
  weight: optional('weight'),
})

/** Facts are a while in the making, so many definitions are tried on the same ones. */
const DEFINITIONS = 20

const cases = fc.record({
  orders: fc.array(orderData, { minLength: 1, maxLength: 40 }),
  ratings: fc.array(ratingData, { maxLength: 40 }),
  definitions: fc.array(anyDefinition, { minLength: 1, maxLength: DEFINITIONS }),
})

test('the SQL of any definition gives what core gives, for any facts', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ orders, ratings, definitions }) => {
      await store(factsOf(createMetricSet(FACTS_ONLY, OPTIONS), orders, ratings))
      for (const definition of definitions) {
        expect(checkDefinition(definition, OPTIONS)).toEqual([])
        const set = createMetricSet(definition, OPTIONS)
        const live = liveFacts(set, factsOf(set, orders, ratings))
        const expected = SHOPS.map(
          (shop) => [shop, columnsOf(set, evaluateEntity(set, live.get(shop) ?? [], AS_OF))] as const,
        )
        const query = `(${windowQuery(set, entitiesScope(set))})`
        expect(await readComputed(db, set, query, [SHOPS, ...instants(set, AS_OF)])).toEqual(new Map(expected))
      }
    }),
    runs(25),
  )
})

function factsOf(set: MetricSet, orders: readonly object[], ratings: readonly object[]): readonly Fact[] {
  const create = factCreator(set)
  return [
    ...orders.map((data, index) => create('order', String(index), data, 1)),
    ...ratings.map((data, index) => create('rating', String(index), data, 1)),
  ]
}

async function store(facts: readonly Fact[]): Promise<void> {
  await db.query('delete from fact_order; delete from fact_rating')
  for (const [type, own] of Map.groupBy(facts, (fact) => fact.type))
    await db.query(upsertFactsStatement(type), encodeFacts(type, own))
}
