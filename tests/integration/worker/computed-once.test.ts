import { expect, test } from 'vitest'
import { createPostgresPool, type Pool } from '../../../adapters/postgres/postgres-pool.ts'
import { systemClock } from '../../../adapters/process/system-clock.ts'
import { WorkerMetrics } from '../../../adapters/telemetry/worker-metrics.ts'
import { formatInstant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { EvaluationLoop } from '../../../worker/evaluation-loop.ts'
import { captureLog } from '../../support/captured-log.ts'
import { factCreator } from '../../support/create-fact.ts'
import { eventually } from '../../support/eventually.ts'
import { PipelineDatabase } from '../../support/pipeline-database.ts'
import { shopPipeline } from '../../support/shop-manifest.ts'

const NOW = Date.now() * 1_000

test('a mark that a tick finds before its batch tells of it is worked off once', async () => {
  await using shops = await PipelineDatabase.open(shopPipeline())
  await commitOrder(shops, 'first')
  await shops.catchUp()
  const holder = await shops.pool.connect()
  await holder.query("begin; select from shop_metrics where entity = 'a' for update")

  const pool = poolOfTwo(shops.url)
  const metrics = new WorkerMetrics()
  const loop = evaluationLoop(shops, pool, metrics)
  const stop = new AbortController()
  const running = loop.run(stop.signal)
  try {
    await commitOrder(shops, 'second')
    await eventually(async () => expect(await evaluationsWaiting(shops)).toBe(1)) // a tick's: nobody told the loop
    loop.wake(['a'])
    await pool.query('select') // by the other connection, which a second evaluation would have taken, to wait as well
  } finally {
    await holder.query('rollback')
    holder.release()
    await eventually(async () => expect(await shops.marked()).toEqual([]))
    stop.abort()
    await running
    await pool.end()
  }
  expect((await metrics.expose()).body).toContain('mp_worker_freshness_seconds_count 1\n')
})

async function commitOrder(shops: PipelineDatabase, id: string): Promise<void> {
  const data = { shop: 'a', placedAt: formatInstant(NOW - MICROS_PER_DAY), cents: 100 }
  await shops.commit([factCreator(shops.pipeline.metricSet)('order', id, data, NOW)])
}

function poolOfTwo(url: string): Pool {
  return createPostgresPool({
    url,
    schema: 'public',
    applicationName: 'evaluating',
    maxConnections: 2,
    onError: () => undefined,
  })
}

function evaluationLoop(shops: PipelineDatabase, pool: Pool, metrics: WorkerMetrics): EvaluationLoop {
  return new EvaluationLoop({
    evaluator: shops.evaluatorOn(pool),
    slice: () => ({ slice: 0, slices: 1 }),
    debounce: { quietMs: 0, maxWaitMs: 0 },
    freshnessObjectiveMs: Number.POSITIVE_INFINITY,
    onEvaluated: () => undefined,
    metrics,
    log: captureLog().log,
    clock: systemClock,
    random: Math.random,
  })
}

async function evaluationsWaiting({ pool }: PipelineDatabase): Promise<number> {
  const { rowCount } = await pool.query(
    "select from pg_stat_activity where application_name = 'evaluating' and wait_event_type = 'Lock'",
  )
  return rowCount ?? 0
}
