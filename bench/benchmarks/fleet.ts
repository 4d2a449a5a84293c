import { systemClock } from '../../adapters/process/system-clock.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { type Benchmark, type Figure, type Parity, together } from '../support/bench.ts'
import { evaluateAll, openFilled } from '../support/fill.ts'
import { type BenchPipeline, parityOf } from '../support/pipeline.ts'
import type { BenchServers } from '../support/servers.ts'
import { startFleet, type WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const ENTITIES = 5_000
const FACTS_EACH = 50
const SHARDS = 8
const FLEETS = [1, 2, 4, 8] as const
const EVENTS = 500_000
const POLL_MS = 250

/**
 * The same load for fleets of several sizes, each on a database of its own, one after the other in one run. It is published before they start,
 * and measured from when all of them have their share.
 */
export const fleet: Benchmark = {
  name: 'fleet',
  summary: `workload A at 1 s debounce on ${SHARDS} shards, with 1, 2, 4 and 8 workers`,
  run: async (servers, log) => {
    const measured: Measured[] = []
    for (const workers of FLEETS) measured.push(await measure(servers, workers, log))
    const one = measured[0]?.perSecond ?? Number.NaN
    return {
      parity: together(measured.map(({ parity }) => parity)),
      figures: measured.flatMap((each) => figuresOf(each, one)),
    }
  },
}

interface Measured {
  readonly workers: number
  readonly perSecond: number
  readonly shares: readonly number[]
  readonly parity: Parity
}

function figuresOf({ workers, perSecond, shares }: Measured, one: number): readonly Figure[] {
  const name = workers === 1 ? '1 worker' : `${workers} workers`
  return [
    { what: name, value: perSecond, unit: 'events/s' },
    ...(workers === 1 ? [] : [{ what: `${name}, against one`, value: perSecond / one, unit: '×', target: '>= 0.9' }]),
    {
      what: `${name}, most shards less fewest`,
      value: Math.max(...shares) - Math.min(...shares),
      unit: 'shards',
      target: '<= 1',
    },
  ]
}

async function measure(servers: BenchServers, workers: number, log: (message: string) => void): Promise<Measured> {
  await servers.flushRedis()
  const object = pipelineA({ quiet: '1s', maxWait: '1s' }, { sharded: { prefix: 'bench', shards: SHARDS } })
  const common = { entities: ENTITIES, asOf: systemClock.now() }
  const pipeline = await openFilled(servers, object, { ...common, factsEach: FACTS_EACH })
  log(`publishing ${EVENTS} events, then running ${workers} workers`)
  await publish(servers, pipeline, eventsOfA({ ...common, seed: 2, events: EVENTS, prefix: 'load-' }))
  const running = await startFleet(workers, servers, pipeline)
  const shares = await fairShares(pipeline, workers)
  const [startedAt, before] = [performance.now(), await doneBy(running)]
  while ((await doneBy(running)) < EVENTS) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  const perSecond = (EVENTS - before) / ((performance.now() - startedAt) / 1_000)
  await Promise.all(running.map((worker) => worker.stop()))
  await evaluateAll(pipeline)
  const parity = await parityOf(pipeline)
  await pipeline.pool.end()
  return { workers, perSecond, shares, parity }
}

async function publish(
  { redisUrl }: BenchServers,
  { loaded }: BenchPipeline,
  events: Iterable<OutgoingEvent>,
): Promise<void> {
  const producer = await EventProducer.connect(redisUrl, { pipeline: loaded })
  let chunk: OutgoingEvent[] = []
  for (const { stream: _, ...event } of events) {
    chunk.push(event)
    if (chunk.length < 1_000) continue
    await producer.publish(chunk)
    chunk = []
  }
  await producer.publish(chunk)
  await producer.close()
}

async function fairShares({ pool }: BenchPipeline, workers: number): Promise<readonly number[]> {
  for (;;) {
    const { rows } = await pool.query<{ shards: number }>(
      'select count(*)::int as shards from mp_shard where owner is not null group by owner',
    )
    const shares = rows.map((row) => row.shards)
    if (shares.length === workers && Math.max(...shares) - Math.min(...shares) <= 1) return shares
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function doneBy(workers: readonly WorkerProcess[]): Promise<number> {
  const counts = await Promise.all(workers.map((worker) => worker.metric('mp_worker_entries_total')))
  return sum(counts.flatMap((samples) => [...samples.values()]))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
