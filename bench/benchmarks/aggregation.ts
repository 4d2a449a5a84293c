import { Evaluator } from '../../adapters/postgres/evaluator.ts'
import { runDailyAggregation } from '../../aggregator/run-daily-aggregation.ts'
import type { Benchmark, BenchResult, Parity } from '../support/bench.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { pipelineA } from '../workloads/workload-a.ts'

const FACTS_EACH = 50
const ENTITIES_AT_ONCE = 500
const RUNS = 3
const RUNS_OF_A_MILLION = 1

/** The daily run as the CronJob does it; the fastest of a few runs, each for a day of its own. */
export const aggregation: Benchmark = {
  name: 'aggregation',
  summary: 'daily aggregation of workload A, 50 facts per entity',
  run: async (servers, log) =>
    together([
      await measure(servers, { entities: 5_000, runs: RUNS, target: '<= 0.5' }, log),
      await measure(servers, { entities: 100_000, runs: RUNS, target: '<= 3' }, log),
    ]),
}

/** The same for as many entities as make fifty million facts: for the asking, since filling them in takes minutes. */
export const aggregationOfAMillion: Benchmark = {
  name: 'aggregation-million',
  summary: 'daily aggregation of workload A over a million entities, 50 facts per entity',
  onRequest: true,
  run: async (servers, log) =>
    together([await measure(servers, { entities: 1_000_000, runs: RUNS_OF_A_MILLION, target: '<= 30' }, log)]),
}

function together(measured: readonly Required<BenchResult>[]): BenchResult {
  const sum = (of: (parity: Parity) => number) => measured.reduce((total, { parity }) => total + of(parity), 0)
  return {
    parity: {
      compared: sum(({ compared }) => compared),
      mismatches: sum(({ mismatches }) => mismatches),
      missing: sum(({ missing }) => missing),
    },
    figures: measured.flatMap(({ figures }) => figures),
  }
}

async function measure(
  servers: BenchServers,
  { entities, runs: count, target }: { readonly entities: number; readonly runs: number; readonly target: string },
  log: (message: string) => void,
): Promise<Required<BenchResult>> {
  const pipeline = await openPipeline(pipelineA({ quiet: '1s', maxWait: '1s' }), await servers.freshDatabase())
  log(`filling in ${entities} entities with ${FACTS_EACH} facts each`)
  await fillFacts(pipeline, entities)
  await evaluateRows(pipeline, entities)
  await pipeline.pool.query('vacuum analyze')
  await pipeline.pool.query('checkpoint')
  const runs: Run[] = []
  for (let run = 1; run <= count; run += 1) {
    log(`aggregating ${entities} entities, run ${run} of ${count}`)
    runs.push(await aggregate(pipeline, entities, `2026-10-0${run}`)) // each day is new: no row of it is replaced
  }
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  const name = entities.toLocaleString('en')
  const rows = Math.min(...runs.map((run) => run.rowsSeconds))
  const whole = Math.min(...runs.map((run) => run.wholeSeconds))
  return {
    parity,
    figures: [
      { what: `${name} entities, their daily rows`, value: rows, unit: 's', target },
      { what: `${name} entities, parity check included`, value: whole, unit: 's' },
      { what: `per entity of ${name}, its daily row`, value: (rows / entities) * 1e6, unit: 'µs' },
      {
        what: `most memory of the process, ${name} entities`,
        value: Math.max(...runs.map((run) => run.megabytes)),
        unit: 'MB',
      },
    ],
  }
}

interface Run {
  /** Until the last daily row was committed. */
  readonly rowsSeconds: number
  readonly wholeSeconds: number
  readonly megabytes: number
}

async function aggregate({ loaded, databaseUrl }: BenchPipeline, entities: number, day: string): Promise<Run> {
  const startedAt = performance.now()
  let [rowsSeconds, megabytes] = [0, 0]
  const summary = await runDailyAggregation({
    pipeline: loaded,
    databaseUrl,
    day,
    onProgress: (_done, _total, stage) => {
      if (stage === 'aggregated') rowsSeconds = (performance.now() - startedAt) / 1_000
      megabytes = Math.max(megabytes, process.memoryUsage().rss / 2 ** 20)
    },
  })
  if (summary.successful !== entities || summary.parity.mismatches > 0)
    throw new Error(`a run went wrong: ${JSON.stringify(summary)}`)
  return { rowsSeconds, wholeSeconds: summary.totalRuntimeSeconds, megabytes }
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
