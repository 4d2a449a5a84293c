import { setTimeout as delay } from 'node:timers/promises'
import type { CompositeStrategy } from '../../core/composite/composite-settings.ts'
import { STALENESS_MARGIN_MS } from '../../core/composite/margin.ts'
import { Random } from '../simulation/world/random.ts'
import { eventually } from '../support/eventually.ts'
import { gateKey } from '../support/gate-key.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { WorkerClock } from '../support/worker-clock.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import type { BoundsReport } from './bounds-report.ts'

export const PLAYED = { minIntervalMs: 2_000, maxStaleMs: 2_000 + STALENESS_MARGIN_MS, eventThreshold: 500 } as const

const WORKERS = 4
const SKEWS_MS = [0, 300_000, -300_000]

/** After a fault a fleet has so long, and more, to go on as before. */
const PEACE_MS = { least: 9_000, most: 16_000 } as const

/** For so long after a server is back its clients may still wait before they try again. */
const AFTERMATH_MS = 5_000

interface Scene {
  readonly fleet: WorkerFleet
  readonly postgres: OwnServer
  readonly redis: OwnServer
  readonly random: Random
  readonly replace: (worker: WorkerProcess) => Promise<void>
}

interface Fault {
  /** A server does not answer while it lasts. */
  readonly isOutage?: boolean
  readonly strike: (scene: Scene) => Promise<unknown>
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'the last holder is killed, and another worker comes': {
    strike: async ({ fleet, replace }) => {
      const holder = await lastHolder(fleet)
      if (holder !== undefined) await replace(holder)
    },
  },
  'the last holder stands still beyond its lease': {
    strike: async ({ fleet, random }) => {
      const holder = await lastHolder(fleet)
      holder?.freeze()
      await delay(random.between(6_000, 9_000))
      holder?.thaw()
    },
  },
  'Redis is killed and starts again': {
    isOutage: true,
    strike: async ({ redis }) => {
      await redis.kill()
      await redis.startAgain()
    },
  },
  'Redis forgets the gate': { strike: async ({ fleet: { shops } }) => shops.redis.del(await gateKey(shops.db)) },
  'Redis has the gate as it was some seconds ago': {
    strike: async ({ fleet, random }) => {
      const { redis } = fleet.shops
      const gate = await gateKey(fleet.shops.db)
      const copy = await redis.hgetall(gate)
      await delay(random.between(3_000, 8_000))
      await redis.multi().del(gate).hset(gate, copy).exec()
    },
  },
  'PostgreSQL stops at once and starts again': {
    isOutage: true,
    strike: async ({ postgres }) => {
      await postgres.kill('SIGQUIT')
      await postgres.startAgain()
    },
  },
  'PostgreSQL ends all sessions': { strike: ({ fleet }) => eventually(() => fleet.shops.endSessions()) },
}

async function lastHolder({ shops, workers }: WorkerFleet): Promise<WorkerProcess | undefined> {
  const { rows } = await shops.db.query<{ holder: string }>('select holder from mp_composite')
  return workers.findLast(({ name, running }) => running && name === rows[0]?.holder)
}

/** Minutes of worker processes on servers of their own, under load, one fault after the other. `tell` hears of each fault. */
export async function play(
  strategy: CompositeStrategy,
  seed: number,
  minutes: number,
  tell: (fault: string) => void,
): Promise<BoundsReport> {
  await using postgres = await OwnServer.postgres()
  await using redis = await OwnServer.redis()
  await using clocks = new AsyncDisposableStack()
  await using fleet = await WorkerFleet.open({
    composite: {
      strategy,
      minInterval: `${PLAYED.minIntervalMs}ms`,
      maxStale: `${PLAYED.maxStaleMs}ms`,
      eventThreshold: PLAYED.eventThreshold,
    },
    servers: { databaseUrl: postgres.url, redisUrl: redis.url },
  })
  let hired = 0
  const hire = async () => {
    const number = (hired += 1)
    const clock = clocks.use(await WorkerClock.offBy(SKEWS_MS[number % SKEWS_MS.length] ?? 0))
    await fleet.start(`worker-${number}`, { environment: clock.environment })
  }
  await Promise.all(Array.from({ length: WORKERS }, hire))
  const replace = async (worker: WorkerProcess) => {
    await worker.kill()
    await hire()
  }
  const scene = { fleet, postgres, redis, random: new Random(seed), replace }
  const outages = await strikeUnderLoad(scene, minutes, tell)
  return { strategy, seconds: minutes * 60, ...(await judge(fleet, outages)) }
}

interface Outage {
  readonly from: number
  readonly to: number
}

/** A load that comes and goes. */
async function strikeUnderLoad(
  scene: Scene,
  minutes: number,
  tell: (fault: string) => void,
): Promise<{ readonly faults: number; readonly outages: readonly Outage[] }> {
  const outages: Outage[] = []
  let faults = 0
  const producer = new OrderProducer(scene.fleet.shops)
  for (const endAt = Date.now() + minutes * 60_000; Date.now() < endAt; faults += 1) {
    await using _flow = faults % 2 === 0 ? producer.flow() : undefined
    await delay(scene.random.between(PEACE_MS.least, PEACE_MS.most))
    const name = scene.random.pick(Object.keys(FAULTS))
    const { isOutage = false, strike } = FAULTS[name] as Fault
    tell(name)
    const from = Date.now()
    await strike(scene)
    if (isOutage) outages.push({ from, to: Date.now() + AFTERMATH_MS })
  }
  await delay(PEACE_MS.least)
  return { faults, outages }
}

/** From what PostgreSQL keeps, by its own clock, which is that of this machine. */
async function judge(
  fleet: WorkerFleet,
  { faults, outages }: { readonly faults: number; readonly outages: readonly Outage[] },
): Promise<Omit<BoundsReport, 'strategy' | 'seconds'>> {
  const { rows } = await fleet.shops.db.query<{
    as_of: number
    committed_at: number
    next_at: number
    is_last: boolean
  }>(
    `select (extract(epoch from as_of) * 1000)::float8 as as_of, (extract(epoch from committed_at) * 1000)::float8 as committed_at,
            (extract(epoch from lead(committed_at, 1, clock_timestamp()) over (order by fence)) * 1000)::float8 as next_at,
            lead(fence) over (order by fence) is null as is_last
       from mp_composite_history where scope = 'pipeline' order by fence`,
  )
  const excused = (from: number, to: number) =>
    outages.reduce((sum, outage) => sum + Math.max(0, Math.min(to, outage.to) - Math.max(from, outage.from)), 0)
  const gaps = rows.flatMap(({ committed_at, next_at, is_last }) => (is_last ? [] : [next_at - committed_at]))
  const ages = rows.map(({ as_of, next_at }) => next_at - as_of)
  const outcomes = await sumOfOutcomes(fleet)
  return {
    faults,
    commits: rows.length,
    refusals: outcomes('refused'),
    lost: outcomes('lost'),
    failed: outcomes('failed'),
    minGapMs: Math.min(...gaps),
    maxAgeMs: Math.max(...rows.map(({ as_of, next_at }) => next_at - as_of - excused(as_of, next_at))),
    longestMs: Math.max(...ages),
  }
}

/** Of those that run to the end; what the dead have counted is gone with them. */
async function sumOfOutcomes({ workers }: WorkerFleet): Promise<(outcome: string) => number> {
  const samples = await Promise.all(workers.filter(({ running }) => running).map((worker) => worker.samples()))
  return (outcome) =>
    samples.reduce((sum, each) => sum + (each.get(`mp_worker_composite_gate_total{outcome="${outcome}"}`) ?? 0), 0)
}
