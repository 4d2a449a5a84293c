import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { shopPipelineOverTable } from './shops-over-table.ts'

// Keys are ordered by their bytes, and a database of a language sorts its own tables otherwise: a, B, c, D instead of B, D, a, c.

const DATABASE = `test_english_${process.pid}`

const NAMES = ['a', 'B', 'c', 'D', 'e', 'F', 'é', 'Z']

let shops: PipelineOnServers

beforeAll(async () => {
  await onServer(
    `create database ${DATABASE} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US'`,
  )
  const databaseUrl = Object.assign(new URL(inject('postgresUrl')), { pathname: DATABASE }).href
  const { pipeline, prepare } = shopPipelineOverTable(1)
  const named = `${prepare}; insert into orders (id, shop, placed_at, cents)
    select name, name, date_trunc('day', now(), 'UTC') - interval '1 hour', 100 from unnest(array['${NAMES.join("','")}']) name`
  shops = await PipelineOnServers.open(pipeline, { databaseUrl, prepare: named })
  const worker = await shops.startWorker()
  await shops.caughtUp()
  await worker.stop()
})

afterAll(async () => {
  await shops?.[Symbol.asyncDispose]()
  await onServer(`drop database if exists ${DATABASE} with (force)`)
})

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

test.each([1, 2, 3, 100])('every entity gets its daily row from its facts, in batches of %i', async (batchSize) => {
  const summary = await runDailyAggregation({ ...shops, batchSize })
  expect(summary).toMatchObject({ successful: NAMES.length + 1, parity: { compared: NAMES.length + 1, mismatches: 0 } })
  const { rows } = await shops.db.query<{ entity: string }>(
    'select entity from shop_metrics_daily where orders_7d = 1 order by entity',
  )
  expect(rows.map((row) => row.entity)).toEqual(['B', 'D', 'F', 'Z', 'a', 'c', 'e', 'é'])
  await shops.db.query('truncate shop_metrics_daily')
})
