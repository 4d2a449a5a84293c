import { Redis } from 'ioredis'
import { parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { createCompositeCalculator } from '../../adapters/postgres/composite-calculator.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { CompositeGate } from '../../adapters/redis/composite-gate.ts'
import { PIPELINE_SCOPE } from '../../core/composite/composite-scopes.ts'
import { gateRules } from '../../core/composite/gate-rules.ts'
import { TICK_MS, tickMs } from '../../core/composite/margin.ts'
import { sparingEvents } from '../../core/composite/spare-events.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { type Benchmark, type Figure, quantile } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { measureThroughput } from '../support/measure-throughput.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const PAIRS = 5

/** Twice the shortest interval: as many calculations as in any time of this length. */
const MEASURED_SECONDS = 20

/** More than a worker takes in that time. */
const EVENTS = 600_000

const CALCULATIONS = 21
const ASKS = 20_000

const DEBOUNCE = { quiet: '1s', maxWait: '1s' }
const COMPOSITE = { strategy: 'Hybrid', minInterval: '10s', maxStale: '30s', eventThreshold: 100 }
const SETTINGS = { strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 } as const

type Over = 'Facts' | 'Rows'

/**
 * Workload A with a composite over all its facts and without one, in turn, each time on a copy of the same database: what tables grow by, and
 * what the machine does meanwhile, counts for both alike. Then what a calculation takes, over facts and over rows, and what asking the gate costs.
 */
export const composite: Benchmark = {
  name: 'composite',
  summary: 'workload A at 1 s debounce with a composite every 10 s and without one, in turn, and what its gate costs',
  onRequest: true,
  run: async (servers, log) => {
    const filled = await fillIn(servers, log)
    const [ratios, commits]: [number[], number[]] = [[], []]
    let last: BenchPipeline | undefined
    for (let pair = 1; pair <= PAIRS; pair += 1) {
      const measured = new Map<boolean, number>()
      for (const isScored of pair % 2 === 1 ? [false, true] : [true, false]) {
        if (last !== undefined) await drop(servers, last)
        last = await openCopy(servers, filled, isScored)
        const eventsPerSecond = await measure(servers, last)
        measured.set(isScored, eventsPerSecond)
        if (isScored) commits.push(await countOf(last, 'mp_composite_history'))
        log(`pair ${pair}, ${isScored ? 'with' : 'without'}: ${Math.round(eventsPerSecond)} events/s`)
      }
      ratios.push((measured.get(true) ?? 0) / (measured.get(false) ?? 0))
    }
    if (last === undefined) throw new Error('nothing was measured')
    await evaluateAll(last)
    const parity = await parityOf(last)
    const calculating = await costOfCalculating(last)
    await last.pool.end()
    return {
      parity,
      figures: [
        {
          what: 'throughput with a composite over facts, of that without, median',
          value: quantile(ratios, 0.5) * 100,
          unit: '%',
          target: '>= 99',
        },
        ...ratios.map((ratio, i) => ({ what: `pair ${i + 1}`, value: ratio * 100, unit: '%' })),
        { what: 'composites committed each time', value: quantile(commits, 0.5), unit: 'composites' },
        ...calculating,
        ...(await costOfAsking(servers)),
      ],
    }
  },
}

function pipelineWith(over: Over): unknown {
  return pipelineA(DEBOUNCE, { composite: COMPOSITE, over })
}

/** The database that every round begins with. Nobody is connected to it any more. */
async function fillIn(servers: BenchServers, log: (message: string) => void): Promise<string> {
  const databaseUrl = await servers.freshDatabase()
  const pipeline = await openPipeline(pipelineA(DEBOUNCE), databaseUrl)
  log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
  const asOf = systemClock.now()
  const load = { seed: 1, entities: ENTITIES, asOf, events: ENTITIES * FACTS_EACH, prefix: 'fill-', duplicates: 0 }
  await fill(pipeline, eventsOfA({ ...load, time: formatInstant(asOf) }))
  await pipeline.pool.end()
  return databaseUrl
}

async function openCopy(servers: BenchServers, filled: string, isScored: boolean): Promise<BenchPipeline> {
  await servers.flushRedis()
  return await openPipeline(isScored ? pipelineWith('Facts') : pipelineA(DEBOUNCE), await servers.freshDatabase(filled))
}

async function drop(servers: BenchServers, { pool, databaseUrl }: BenchPipeline): Promise<void> {
  await pool.end()
  await servers.dropDatabase(databaseUrl)
}

async function measure(servers: BenchServers, pipeline: BenchPipeline): Promise<number> {
  const load = { seed: 2, entities: ENTITIES, asOf: systemClock.now(), events: EVENTS, prefix: 'load-' }
  const options = { measuredSeconds: MEASURED_SECONDS }
  return (await measureThroughput(servers, pipeline, eventsOfA(load), options)).eventsPerSecond
}

async function countOf({ pool }: BenchPipeline, table: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
  return rows[0]?.n ?? 0
}

/** The time that a calculation takes in one process of the server, over the tables that the load has left. */
async function costOfCalculating(pipeline: BenchPipeline): Promise<readonly Figure[]> {
  const facts = await countOf(pipeline, 'fact_departure')
  const [overFacts, overRows] = [await calculationMs(pipeline, 'Facts'), await calculationMs(pipeline, 'Rows')]
  const everyMs = sparingEvents(SETTINGS, overFacts).minIntervalMs
  return [
    { what: `a calculation over ${facts.toLocaleString('en')} facts, median`, value: overFacts, unit: 'ms' },
    { what: 'per million facts', value: (overFacts / facts) * 1e6, unit: 'ms' },
    { what: 'how often it is made under load', value: everyMs / 1_000, unit: 's' },
    { what: 'share of a core', value: (overFacts / everyMs) * 100, unit: '% of a core' },
    { what: `a calculation over ${ENTITIES.toLocaleString('en')} rows, median`, value: overRows, unit: 'ms' },
  ]
}

async function calculationMs({ pool }: BenchPipeline, over: Over): Promise<number> {
  const loaded = parsePipeline(JSON.stringify(pipelineWith(over)), 'bench')
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  const calculator = createCompositeCalculator(loaded.metricSet)
  const took: number[] = []
  for (let i = 0; i < CALCULATIONS; i += 1) {
    const beganAt = performance.now()
    await calculator.calculate(pool, PIPELINE_SCOPE, systemClock.now())
    took.push(performance.now() - beganAt)
  }
  return quantile(took, 0.5)
}

/** What a worker and the server need for one question, times how often it is put. */
async function costOfAsking({ redisUrl }: BenchServers): Promise<readonly Figure[]> {
  const client = new Redis(redisUrl, { protocol: 2 })
  const gate = new CompositeGate(client, 'asked')
  const rules = gateRules(SETTINGS)
  const ask = { token: 'nobody', events: 0, isLast: false, seed: 0 }
  await gate.begin('pipeline', ask, rules)
  const [cpu, serverCpu] = [process.cpuUsage(), await serverMicros(client)]
  for (let i = 0; i < ASKS; i += 1) await gate.begin('pipeline', ask, rules)
  const { user, system } = process.cpuUsage(cpu)
  const [ours, theirs] = [(user + system) / ASKS, ((await serverMicros(client)) - serverCpu) / ASKS]
  client.disconnect()
  const asksPerSecond = 1_000 / tickMs(0.5)
  return [
    { what: 'asking the gate, in the worker', value: ours, unit: 'µs CPU' },
    { what: 'asking the gate, in Redis', value: theirs, unit: 'µs CPU' },
    {
      what: `the gate's share of a core, ${asksPerSecond.toFixed(1)} questions each ${TICK_MS / 1_000} s`,
      value: ((ours + theirs) * asksPerSecond) / 10_000,
      unit: '% of a core',
      target: '<= 0.2',
    },
  ]
}

async function serverMicros(client: Redis): Promise<number> {
  const text = await client.info('cpu')
  const seconds = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}
