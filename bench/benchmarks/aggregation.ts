import { Evaluator } from '../../adapters/postgres/evaluator.ts'
import { dailyTable, identifier } from '../../adapters/postgres/set-sql/identifiers.ts'
import { type AggregatorRun, runAggregator } from '../support/aggregator-process.ts'
import { type Benchmark, type BenchResult, together } from '../support/bench.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { pipelineA } from '../workloads/workload-a.ts'

const FACTS_EACH = 50
const ENTITIES_AT_ONCE = 500
const RUNS = 3

/** The daily run as the CronJob does it, live rows proved in it; the median of a few runs, none of which finds rows of another. */
export const aggregation: Benchmark = {
  name: 'aggregation',
  summary: 'daily aggregation of workload A, 50 facts per entity',
  run: async (servers, log) =>
    allOf([
      await measure(servers, { entities: 5_000, target: '<= 0.5' }, log),
      await measure(servers, { entities: 100_000, target: '<= 3' }, log),
    ]),
}

/** The same for as many entities as make fifty million facts: for the asking, since filling them in takes minutes. */
export const aggregationOfAMillion: Benchmark = {
  name: 'aggregation-million',
  summary: 'daily aggregation of workload A over a million entities, 50 facts per entity',
  onRequest: true,
  run: async (servers, log) => allOf([await measure(servers, { entities: 1_000_000, target: '<= 30' }, log)]),
}

function allOf(measured: readonly Required<BenchResult>[]): BenchResult {
  return {
    parity: together(measured.map(({ parity }) => parity)),
    figures: measured.flatMap(({ figures }) => figures),
  }
}

async function measure(
  servers: BenchServers,
  { entities, target }: { readonly entities: number; readonly target: string },
  log: (message: string) => void,
): Promise<Required<BenchResult>> {
  const pipeline = await openPipeline(pipelineA({ quiet: '1s', maxWait: '1s' }), await servers.freshDatabase())
  log(`filling in ${entities} entities with ${FACTS_EACH} facts each`)
  await fillFacts(pipeline, entities)
  await evaluateRows(pipeline, entities)
  await pipeline.pool.query('vacuum analyze')
  const runs: AggregatorRun[] = []
  for (let run = 1; run <= RUNS; run += 1) {
    log(`aggregating ${entities} entities, run ${run} of ${RUNS}`)
    runs.push(await aggregate(pipeline, entities))
  }
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  const name = entities.toLocaleString('en')
  const seconds = median(runs.map(({ summary }) => summary.totalRuntimeSeconds))
  return {
    parity,
    figures: [
      { what: `${name} entities, daily rows and parity`, value: seconds, unit: 's', target },
      { what: `per entity of ${name}`, value: (seconds / entities) * 1e6, unit: 'µs' },
      { what: 'the process, start and exit included', value: median(runs.map((run) => run.seconds)), unit: 's' },
      { what: 'its processor time', value: median(runs.map((run) => run.cpuSeconds)), unit: 's' },
      { what: 'its memory, RSS, its highest', value: Math.max(...runs.map((run) => run.peakMegabytes)), unit: 'MB' },
    ],
  }
}

async function aggregate({ pool, loaded, file, databaseUrl }: BenchPipeline, entities: number): Promise<AggregatorRun> {
  await pool.query(`truncate ${identifier(dailyTable(loaded.metricSet))}`)
  await pool.query('checkpoint')
  const run = await runAggregator(file, databaseUrl)
  const { successful, parity } = run.summary
  if (successful !== entities || parity.compared !== entities || parity.mismatches > 0)
    throw new Error(`a run went wrong: ${JSON.stringify(run.summary)}`)
  return run
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/**
 * Straight into the fact table, in the order of their time, as events come: how facts get there is another benchmark's subject. Every entity has
 * one in each fiftieth of the window: nothing is sorted, and the indexes grow where they were touched last, or fifty million rows would take half
 * an hour. The last are of two in the morning, when the CronJob runs: what has come since midnight is not in the day's row but in the live one,
 * which then has to be recomputed apart, and a benchmark must not take longer in the evening.
 */
async function fillFacts({ pool }: BenchPipeline, entities: number): Promise<void> {
  await pool.query(
    `insert into fact_departure (id, version, hash, deleted, entity, at, delay_minutes, distance_miles)
     select 'fill-' || lpad(n::text, 9, '0'), 0, n, false, 'E' || n % $1,
            last_at - interval '88 days' * (1 - n::float8 / ($1::int * $2::int + 1)), n % 120 - 20, n % 3000
     from least(now(), date_trunc('day', now(), 'UTC') + interval '2 hours') last_at, generate_series(1, $1::int * $2::int) n`,
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
