import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { STALENESS_MARGIN_MS } from '../../core/composite/margin.ts'
import { ages, type Committed, gaps } from '../support/composite-loops.ts'
import { eventually } from '../support/eventually.ts'
import { gateKey } from '../support/gate-key.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { WorkerClock } from '../support/worker-clock.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'
import type { WorkerProcess } from '../support/worker-process.ts'

// The composite of worker processes on real servers, through what may happen to these. In docs/composite.md: how its bounds are measured.

const MIN_INTERVAL_MS = 1_000
const MAX_STALE_MS = 2_000 + STALENESS_MARGIN_MS

/** Due every two seconds without an event. */
const COMPOSITE = {
  strategy: 'Hybrid',
  minInterval: `${MIN_INTERVAL_MS / 1_000}s`,
  maxStale: `${MAX_STALE_MS / 1_000}s`,
  eventThreshold: 100,
}

const HOUR_MS = 3_600_000

async function committed({ shops }: WorkerFleet): Promise<readonly Committed[]> {
  const { rows } = await shops.db.query<Committed>(
    `select fence::int, holder, (extract(epoch from as_of) * 1000)::float8 as "asOf",
            (extract(epoch from committed_at) * 1000)::float8 as "committedAt"
       from mp_composite_history where scope = 'pipeline' order by fence`,
  )
  return rows
}

/** Resolves once so many more are committed; gives all. */
async function commitsOn(fleet: WorkerFleet, more: number): Promise<readonly Committed[]> {
  const before = (await committed(fleet)).length
  return await eventually(async () => {
    const all = await committed(fleet)
    expect(all.length).toBeGreaterThanOrEqual(before + more)
    return all
  })
}

function expectBounds(all: readonly Committed[]): void {
  expect(Math.min(...gaps(all))).toBeGreaterThanOrEqual(MIN_INTERVAL_MS)
  expect(Math.max(...ages(all))).toBeLessThanOrEqual(MAX_STALE_MS)
}

async function outcome(worker: WorkerProcess, name: string): Promise<number> {
  return (await worker.samples()).get(`mp_worker_composite_gate_total{outcome="${name}"}`) ?? 0
}

/** Keeps calculations from ending until it is disposed of. */
class HeldFacts implements AsyncDisposable {
  readonly #client: pg.Client
  readonly #fleet: WorkerFleet

  private constructor(client: pg.Client, fleet: WorkerFleet) {
    this.#client = client
    this.#fleet = fleet
  }

  static async of(fleet: WorkerFleet): Promise<HeldFacts> {
    const client = new pg.Client(fleet.shops.databaseUrl)
    client.on('error', () => undefined)
    await client.connect()
    await client.query('begin; lock table fact_order in access exclusive mode')
    return new HeldFacts(client, fleet)
  }

  /** Who is in the middle of a calculation. */
  async holder(): Promise<WorkerProcess> {
    return await eventually(async () => {
      const { rows } = await this.#fleet.shops.db.query<{ name: string }>(
        "select application_name as name from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      )
      const found = this.#fleet.workers.find(({ name }) => rows.some((row) => row.name.endsWith(` ${name}`)))
      if (found === undefined) throw new Error('nobody calculates')
      return found
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end()
  }
}

async function openFleet(servers = {}): Promise<WorkerFleet> {
  const fleet = await WorkerFleet.open({ composite: COMPOSITE, servers })
  try {
    await Promise.all(['worker-a', 'worker-b'].map((name) => fleet.start(name)))
    await commitsOn(fleet, 1)
    return fleet
  } catch (error) {
    await fleet[Symbol.asyncDispose]()
    throw error
  }
}

describe('the composite', { timeout: 180_000 }, () => {
  test('whose worker is killed between begin and commit is another worker’s as soon as the lease is over', async () => {
    await using fleet = await openFleet()
    const before = await committed(fleet)
    {
      await using held = await HeldFacts.of(fleet)
      const victim = await held.holder()
      await victim.kill()
    }
    const all = await commitsOn(fleet, 3)
    expect(all.slice(0, before.length)).toEqual(before) // nothing was half done
    expectBounds(all)
  })

  test('whose worker is stopped beyond its lease is another’s; what the first one brings afterwards is dropped', async () => {
    await using fleet = await openFleet()
    let frozen: WorkerProcess
    {
      await using held = await HeldFacts.of(fleet)
      frozen = await held.holder()
      frozen.freeze()
    }
    const all = await commitsOn(fleet, 2) // of a fleet of two
    expect(all.at(-1)?.holder).not.toBe(frozen.name)
    frozen.thaw()
    const dropped = async () => {
      const counts = await Promise.all(['lost', 'refused', 'failed'].map((name) => outcome(frozen, name)))
      return counts.reduce((sum, count) => sum + count, 0)
    }
    await eventually(async () => expect(await dropped()).toBe(1)) // whichever it notices first: its session may be gone too
    expectBounds(await commitsOn(fleet, 2))
  })

  test('keeps its bounds when Redis is restarted, emptied, and replaced by what it was before', async () => {
    await using redis = await OwnServer.redis()
    await using fleet = await openFleet({ redisUrl: redis.url })
    await redis.kill()
    await redis.startAgain()
    await commitsOn(fleet, 2)
    await eventually(() => fleet.shops.redis.flushall())
    await commitsOn(fleet, 2)
    const gate = await gateKey(fleet.shops.db)
    const behind = await fleet.shops.redis.hgetall(gate)
    await commitsOn(fleet, 3)
    await fleet.shops.redis.multi().del(gate).hset(gate, behind).exec()
    const all = await commitsOn(fleet, 2)
    expectBounds(all)
    const fences = all.map(({ fence }) => fence)
    expect(new Set(fences).size).toBe(fences.length)
    const refused = await Promise.all(fleet.workers.map((worker) => outcome(worker, 'refused')))
    expect(refused.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1)
  })

  test('is as often and as fresh when the clocks of workers are wrong', async () => {
    await using ahead = await WorkerClock.offBy(HOUR_MS)
    await using behind = await WorkerClock.offBy(-HOUR_MS)
    await using fleet = await WorkerFleet.open({ composite: COMPOSITE })
    const start = ([name, clock]: [string, WorkerClock]) => fleet.start(name, { environment: clock.environment })
    await Promise.all(Object.entries({ ahead, behind }).map(start))
    await commitsOn(fleet, 3)
    for (const worker of fleet.workers) {
      const age = (await worker.samples()).get('mp_worker_composite_age_seconds{scope="pipeline"}')
      expect(age).toBeLessThan(MAX_STALE_MS / 1_000)
    }
    const former = (await committed(fleet)).at(-1)?.holder
    await fleet.workers.find(({ name }) => name === former)?.kill()
    const all = await commitsOn(fleet, 3) // the other one's clock is as wrong, the other way
    expect(all.at(-1)?.holder).not.toBe(former)
    expectBounds(all)
  })

  test('is committed once more, with all events in it, when the fleet goes to zero', async () => {
    await using fleet = await openFleet()
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(50)
    await fleet.shops.caughtUp()
    const { rows } = await fleet.shops.db.query<{ now: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
    )
    const codes = await Promise.all(fleet.workers.map((worker) => worker.stop()))
    expect(codes).toEqual([0, 0])
    const all = await committed(fleet)
    expect(all.at(-1)?.asOf).toBeGreaterThan(rows[0]?.now as number)
    expectBounds(all)
    const orders = 'select sample_size::int from mp_composite'
    expect((await fleet.shops.db.query(orders)).rows).toEqual([{ sample_size: 50 }])
  })

  test('is not committed once more by one worker that goes while others stay', async () => {
    await using fleet = await WorkerFleet.open({ composite: { ...COMPOSITE, minInterval: '5s', maxStale: '1h' } })
    const [goes] = await Promise.all(['goes', 'stays'].map((name) => fleet.start(name)))
    const isFirst = async () => expect(await committed(fleet)).toHaveLength(1)
    await eventually(isFirst)
    expect(await goes?.stop()).toBe(0)
    await isFirst()
  })

  test('is calculated by other settings, and other weights, as soon as their file says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-composite-'))
    const file = join(folder, 'composite.json')
    const write = async (maxStaleMs: number, base: number) => {
      const settings = { strategy: 'Hybrid', minIntervalMs: 1_000, maxStaleMs, eventThreshold: 1_000_000 }
      await writeFile(`${file}.new`, JSON.stringify({ settings, weights: { base }, historyLimit: 100 }))
      await rename(`${file}.new`, file)
    }
    try {
      await write(HOUR_MS, 50)
      await using fleet = await WorkerFleet.open({ composite: { ...COMPOSITE, maxStale: '1h' } })
      await new OrderProducer(fleet.shops).publish(10)
      const worker = await fleet.start('worker-0', { environment: { COMPOSITE_FILE: file } })
      const value = async () => (await worker.samples()).get('mp_worker_composite_value{scope="pipeline"}') ?? 0
      await eventually(async () => expect(await committed(fleet)).not.toEqual([])) // the one and only within the hour
      await fleet.shops.caughtUp()
      await write(MAX_STALE_MS, 50)
      await commitsOn(fleet, 3)
      const before = await value()
      await write(MAX_STALE_MS, 1_050)
      await eventually(async () => expect(await value()).toBe(before + 1_000))
      expect(worker.log).not.toContain('"warn"')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
