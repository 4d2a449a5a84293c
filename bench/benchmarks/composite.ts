import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { createCompositeCalculator } from '../../adapters/postgres/composite-calculator.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { CompositeGate } from '../../adapters/redis/composite-gate.ts'
import { PIPELINE_SCOPE } from '../../core/composite/composite-scopes.ts'
import type { CompositeSettings } from '../../core/composite/composite-settings.ts'
import { gateRules } from '../../core/composite/gate-rules.ts'
import { TICK_MS, tickMs } from '../../core/composite/margin.ts'
import { sparingEvents } from '../../core/composite/spare-events.ts'
import type { WantedComposite } from '../../core/pipeline/wanted-composite.ts'
import { type Benchmark, type Figure, quantile } from '../support/bench.ts'
import { openFilled } from '../support/fill.ts'
import { publishAll } from '../support/measure-throughput.ts'
import type { BenchPipeline } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { costOf, parityOfBoth, takeTurns } from '../support/turns.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50

/** More than a worker takes in a round. */
const EVENTS = 500_000

const CALCULATIONS = 21
const ASKS = 20_000

const DEBOUNCE = { quiet: '1s', maxWait: '1s' }

const SETTINGS = { strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 60_000, eventThreshold: 100 } as const

/** A worker that stands still every other moment works for ten seconds between two calculations. */
const EVERY_OTHER_MOMENT = { ...SETTINGS, minIntervalMs: 20_000 }

type Over = 'Facts' | 'Rows'

interface Cost {
  readonly percentOfACore: number
  readonly figures: readonly Figure[]
}

/**
 * Workload A at 1 s debounce: one worker with a composite over all its facts and one without, which read the same events into tables that fill
 * alike, and take turns. Then what a calculation takes, over facts and over rows, and what asking the gate costs: a per cent is less than turns
 * can tell in minutes, but no more can be lost than these two take.
 */
export const composite: Benchmark = {
  name: 'composite',
  summary:
    'workload A at 1 s debounce, workers without a composite and with one each 10 s in turns, and what its gate costs',
  onRequest: true,
  run: async (servers, log) => {
    const asOf = systemClock.now()
    log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each, twice`)
    const open = (name: string) =>
      openFilled(servers, pipelineOver('Facts', name), { entities: ENTITIES, factsEach: FACTS_EACH, asOf })
    const pipelines = [await open('one'), await open('other')] as const
    const publish = async (round: number) => {
      const load = { seed: round, entities: ENTITIES, asOf, events: EVENTS, prefix: `load-${round}-` }
      return (await publishAll(servers.redisUrl, eventsOfA(load))).events
    }
    const environment = { COMPOSITE_FILE: fileAsking(EVERY_OTHER_MOMENT) }
    const rounds = await takeTurns({ servers, pipelines, environment, publish })
    const commits = await Promise.all(pipelines.map((pipeline) => countOf(pipeline, 'mp_composite_history')))
    const calculation = await costOfCalculating(pipelines[0])
    const asking = await costOfAsking(servers)
    return {
      parity: await parityOfBoth(...pipelines),
      figures: [
        ...costOf(rounds),
        { what: 'composites committed', value: commits.reduce((sum, each) => sum + each, 0), unit: 'composites' },
        ...calculation.figures,
        ...asking.figures,
        {
          what: 'throughput lost if nothing else went on meanwhile',
          value: calculation.percentOfACore + asking.percentOfACore,
          unit: '%',
          target: '<= 1',
        },
      ],
    }
  },
}

function pipelineOver(over: Over, name: string): unknown {
  return pipelineA(DEBOUNCE, { name, over })
}

/** The file that asks a worker for a score. */
function fileAsking(settings: CompositeSettings): string {
  const wanted: WantedComposite = { settings, weights: {}, historyLimit: 100 }
  const file = join(mkdtempSync(join(tmpdir(), 'mp-bench-composite-')), 'composite.json')
  writeFileSync(file, JSON.stringify(wanted))
  return file
}

async function countOf({ pool }: BenchPipeline, table: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
  return rows[0]?.n ?? 0
}

/** The time that a calculation takes in one process of the server, over the tables that the load has left. */
async function costOfCalculating(pipeline: BenchPipeline): Promise<Cost> {
  const facts = await countOf(pipeline, 'fact_departure')
  const [overFacts, overRows] = [await calculationMs(pipeline, 'Facts'), await calculationMs(pipeline, 'Rows')]
  const everyMs = sparingEvents(SETTINGS, overFacts).minIntervalMs
  const percentOfACore = (overFacts / everyMs) * 100
  return {
    percentOfACore,
    figures: [
      { what: `a calculation over ${facts.toLocaleString('en')} facts, median`, value: overFacts, unit: 'ms' },
      { what: 'per million facts', value: (overFacts / facts) * 1e6, unit: 'ms' },
      { what: 'how often it is made under load', value: everyMs / 1_000, unit: 's' },
      { what: 'share of a core', value: percentOfACore, unit: '% of a core' },
      { what: `a calculation over ${ENTITIES.toLocaleString('en')} rows, median`, value: overRows, unit: 'ms' },
    ],
  }
}

async function calculationMs({ pool }: BenchPipeline, over: Over): Promise<number> {
  const loaded = parsePipeline(JSON.stringify(pipelineOver(over, 'calculated')), 'bench')
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
async function costOfAsking({ redisUrl }: BenchServers): Promise<Cost> {
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
  const percentOfACore = ((ours + theirs) * asksPerSecond) / 10_000
  return {
    percentOfACore,
    figures: [
      { what: 'asking the gate, in the worker', value: ours, unit: 'µs CPU' },
      { what: 'asking the gate, in Redis', value: theirs, unit: 'µs CPU' },
      {
        what: `the gate's share of a core, ${asksPerSecond.toFixed(1)} questions each ${TICK_MS / 1_000} s`,
        value: percentOfACore,
        unit: '% of a core',
        target: '<= 0.2',
      },
    ],
  }
}

async function serverMicros(client: Redis): Promise<number> {
  const text = await client.info('cpu')
  const seconds = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}
