import { Redis } from 'ioredis'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { CompositeGate } from '../../adapters/redis/composite-gate.ts'
import { gateRules } from '../../core/composite/gate-rules.ts'
import { TICK_MS, tickMs } from '../../core/composite/margin.ts'
import { formatInstant } from '../../core/time/instant.ts'
import type { Benchmark, Figure } from '../support/bench.ts'
import { evaluateAll, fill } from '../support/fill.ts'
import { measureThroughput } from '../support/measure-throughput.ts'
import { openPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const EVENTS = 900_000
const ROUNDS = 3
const ASKS = 20_000

const DEBOUNCE = { quiet: '1s', maxWait: '1s' }
const COMPOSITE = { strategy: 'Hybrid', minInterval: '10s', maxStale: '30s', eventThreshold: 100 }

/** Workload A with a composite and without one, in turn, on tables that both have filled alike; and what asking the gate costs. */
export const composite: Benchmark = {
  name: 'composite',
  summary: 'workload A at 1 s debounce with a composite every 10 s and without one, in turn, and what its gate costs',
  onRequest: true,
  run: async (servers, log) => {
    const databaseUrl = await servers.freshDatabase()
    const withScore = await openPipeline(pipelineA(DEBOUNCE, { composite: COMPOSITE }), databaseUrl)
    const without = await openPipeline(pipelineA(DEBOUNCE), databaseUrl)
    const load = { entities: ENTITIES, asOf: systemClock.now() }
    log(`filling in ${ENTITIES} entities with ${FACTS_EACH} facts each`)
    const time = formatInstant(load.asOf)
    await fill(
      without,
      eventsOfA({ ...load, seed: 1, events: ENTITIES * FACTS_EACH, prefix: 'fill-', duplicates: 0, time }),
    )
    const ratios: number[] = []
    for (let round = 1; round <= ROUNDS; round += 1) {
      const order = round % 2 === 1 ? [without, withScore] : [withScore, without] // tables grow from run to run
      const measured = new Map<unknown, number>()
      for (const pipeline of order) {
        await servers.flushRedis()
        const prefix = `load-${round}-${pipeline === withScore ? 'with' : 'without'}-`
        const events = eventsOfA({ ...load, seed: 2, events: EVENTS, prefix })
        const { eventsPerSecond } = await measureThroughput(servers, pipeline, events)
        measured.set(pipeline, eventsPerSecond)
        log(`round ${round}, ${pipeline === withScore ? 'with' : 'without'}: ${Math.round(eventsPerSecond)} events/s`)
      }
      ratios.push((measured.get(withScore) ?? 0) / (measured.get(without) ?? 0))
    }
    await evaluateAll(without)
    const parity = await parityOf(without)
    const { rows } = await without.pool.query<{ commits: number }>(
      'select count(*)::int as commits from mp_composite_history',
    )
    for (const { pool } of [without, withScore]) await pool.end()
    const meanRatio = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
    const figures: readonly Figure[] = [
      { what: 'throughput with a composite, of that without', value: meanRatio * 100, unit: '%', target: '>= 99' },
      ...ratios.map((ratio, i) => ({ what: `round ${i + 1}`, value: ratio * 100, unit: '%' })),
      { what: 'composites committed meanwhile', value: rows[0]?.commits ?? 0, unit: 'composites' },
      ...(await costOfAsking(servers)),
    ]
    return { parity, figures }
  },
}

/** What a worker and the server need for one question, times how often it is put. */
async function costOfAsking({ redisUrl }: BenchServers): Promise<readonly Figure[]> {
  const client = new Redis(redisUrl, { protocol: 2 })
  const gate = new CompositeGate(client, 'asked')
  const rules = gateRules({ strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 })
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
