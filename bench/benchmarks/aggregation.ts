import { Evaluator } from '../../adapters/postgres/evaluator.ts'
import { runDailyAggregation } from '../../aggregator/run-daily-aggregation.ts'
import type { AggregationSummary } from '../../aggregator/summary.ts'
import type { Benchmark, BenchResult } from '../support/bench.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { pipelineA } from '../workloads/workload-a.ts'

const FACTS_EACH = 50
const ENTITIES_AT_ONCE = 500
const RUNS = 3

/** The daily run as the CronJob does it, its parity check included; the fastest of a few runs, each for a day of its own. */
export const aggregation: Benchmark = {
  name: 'aggregation',
  summary: 'daily aggregation of workload A, 50 facts per entity, parity check included',
  run: async (servers, log) => {
    const small = await measure(servers, 5_000, log)
    const large = await measure(servers, 100_000, log)
    return {
      parity: {
        compared: small.parity.compared + large.parity.compared,
        mismatches: small.parity.mismatches + large.parity.mismatches,
        missing: small.parity.missing + large.parity.missing,
      },
      figures: [
        { what: '5,000 entities', value: small.seconds, unit: 's', target: '<= 0.5' },
        { what: '100,000 entities', value: large.seconds, unit: 's', target: '<= 3' },
        { what: 'per entity, 5,000 entities', value: (small.seconds / 5_000) * 1e6, unit: 'µs' },
        { what: 'per entity, 100,000 entities', value: (large.seconds / 100_000) * 1e6, unit: 'µs' },
      ],
    }
  },
}

async function measure(
  servers: BenchServers,
  entities: number,
  log: (message: string) => void,
): Promise<{ readonly seconds: number; readonly parity: BenchResult['parity'] }> {
  const pipeline = await openPipeline(pipelineA({ quiet: '1s', maxWait: '1s' }), await servers.freshDatabase())
  log(`filling in ${entities} entities with ${FACTS_EACH} facts each`)
  await fillFacts(pipeline, entities)
  await evaluateRows(pipeline, entities)
  await pipeline.pool.query('vacuum analyze')
  await pipeline.pool.query('checkpoint')
  const summaries: AggregationSummary[] = []
  for (let run = 1; run <= RUNS; run += 1) {
    log(`aggregating ${entities} entities, run ${run} of ${RUNS}`)
    const day = `2026-10-0${run}` // each day is new: no row of it is replaced
    summaries.push(await runDailyAggregation({ pipeline: pipeline.loaded, databaseUrl: pipeline.databaseUrl, day }))
  }
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  const wrong = summaries.find(({ successful, parity: found }) => successful !== entities || found.mismatches > 0)
  if (wrong !== undefined) throw new Error(`a run went wrong: ${JSON.stringify(wrong)}`)
  return { seconds: Math.min(...summaries.map(({ totalRuntimeSeconds }) => totalRuntimeSeconds)), parity }
}

/** Straight into the fact table: how facts get there is another benchmark's subject. */
async function fillFacts({ pool }: BenchPipeline, entities: number): Promise<void> {
  await pool.query(
    `insert into fact_departure (id, version, hash, deleted, entity, at, delay_minutes, distance_miles)
     select 'fill-' || n, 0, n, false, 'E' || n % $1, now() - (n::bigint * 7919 % (88 * 1440)) * interval '1 minute', n % 120 - 20, n % 3000
     from generate_series(1, $1::int * $2::int) n`,
    [entities, FACTS_EACH],
  )
  await pool.query('vacuum analyze')
}

async function evaluateRows({ pool, loaded, revision }: BenchPipeline, entities: number): Promise<void> {
  const evaluator = new Evaluator(pool, loaded.metricSet, revision)
  const names = Array.from({ length: entities }, (_, i) => `E${i}`)
  for (let i = 0; i < entities; i += ENTITIES_AT_ONCE) {
    await evaluator.evaluateEntities(names.slice(i, i + ENTITIES_AT_ONCE))
  }
}
