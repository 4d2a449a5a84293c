import { expect, test } from 'vitest'
import { createCompositeCalculator } from '../../../adapters/postgres/composite-calculator.ts'
import { createPostgresPool, type Pool } from '../../../adapters/postgres/postgres-pool.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

async function helpersAskedFor(pool: Pool): Promise<number> {
  await pool.query('select pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ n: number }>(
    'select parallel_workers_to_launch::int as n from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.n ?? Number.NaN
}

test.each(['Facts', 'Rows'] as const)(
  'a calculation over %s keeps to one core, though a server is told to use more',
  async (over) => {
    await using database = await PipelineDatabase.open(shopPipeline({ composite: {}, over }))
    await database.pool.query(
      `do $$ begin execute format('alter database %I set debug_parallel_query = on', current_database()); end $$`,
    )
    const pool = createPostgresPool({
      url: database.url,
      schema: 'public',
      applicationName: 'test',
      maxConnections: 1,
      onError: () => undefined,
    })
    await using _ = { [Symbol.asyncDispose]: () => pool.end() }
    const calculator = createCompositeCalculator(database.pipeline.metricSet)
    await calculator.calculate(pool, 'pipeline', Date.now() * 1_000)
    expect(await helpersAskedFor(pool)).toBe(0)
    await pool.query('select count(*) from fact_order')
    expect(await helpersAskedFor(pool)).toBeGreaterThan(0)
  },
)
