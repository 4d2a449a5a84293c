import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import type { Benchmark } from '../support/bench.ts'
import { evaluateAll } from '../support/fill.ts'
import { type BenchPipeline, openPipeline, parityOf } from '../support/pipeline.ts'
import { createRandom } from '../support/random.ts'
import type { BenchServers } from '../support/servers.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { eventsOfA, pipelineA } from '../workloads/workload-a.ts'

const EVENTS = 10_000_000
const ENTITIES = 100_000
const DUPLICATES = 0.02
const PREFIX = 'soak-'
const SHARDS = 8
const WORKERS = 2
const KILL_EVERY_MS = 20_000
const LOOK_EVERY_MS = 1_000

/** Few enough that what waits stays in the server's memory, for the producer is faster than the fleet. */
const MOST_WAITING = 100_000

/** Ten million events through a fleet of which somebody is killed every twenty seconds. Then every event counts once, and rows are exact. */
export const soak: Benchmark = {
  name: 'soak',
  summary: `${EVENTS.toLocaleString('en')} events over ${ENTITIES.toLocaleString('en')} entities, a worker killed every ${KILL_EVERY_MS / 1_000} s`,
  onRequest: true,
  run: async (servers, log) => {
    const object = pipelineA({ quiet: '1s', maxWait: '5s' }, { sharded: { prefix: 'soak', shards: SHARDS } })
    const pipeline = await openPipeline(object, await servers.freshDatabase())
    const startedAt = performance.now()
    const fleet = await Fleet.start(pipeline, servers)
    const published = await publish(servers, pipeline)
    log(`${published.sent} events are published, ${fleet.kills} workers were killed`)
    await caughtUp(servers, pipeline)
    const seconds = (performance.now() - startedAt) / 1_000
    await fleet.stop()
    await evaluateAll(pipeline)
    const { rows } = await pipeline.pool.query<{ facts: number; delay: number }>(
      'select count(*)::int as facts, sum(delay_minutes)::float8 as delay from fact_departure',
    )
    const { facts = 0, delay: minutes = 0 } = rows[0] ?? {}
    const parity = await parityOf(pipeline)
    await pipeline.pool.end()
    return {
      parity,
      figures: [
        { what: 'events sent, repetitions included', value: published.sent, unit: 'events' },
        { what: 'events lost', value: published.distinct - facts, unit: 'events', target: '<= 0' },
        {
          what: 'minutes of delay, facts less published',
          value: Math.abs(minutes - published.minutes),
          unit: 'minutes',
          target: '<= 0',
        },
        { what: 'workers killed', value: fleet.kills, unit: 'kills' },
        { what: 'events sent and done with, one with the other', value: published.sent / seconds, unit: 'events/s' },
        { what: 'time', value: seconds, unit: 's' },
      ],
    }
  },
}

interface Published {
  sent: number
  distinct: number
  /** Summed over events, each counted once. */
  minutes: number
}

async function publish({ redisUrl }: BenchServers, { loaded }: BenchPipeline): Promise<Published> {
  const producer = await EventProducer.connect(redisUrl, {
    pipeline: loaded,
    maxBacklog: MOST_WAITING / SHARDS,
    patienceMs: 10 * 60_000,
  })
  const published: Published = { sent: 0, distinct: 0, minutes: 0 }
  const seen = new Uint8Array(EVENTS)
  let chunk: OutgoingEvent[] = []
  const events = eventsOfA({
    seed: 1,
    entities: ENTITIES,
    events: EVENTS,
    prefix: PREFIX,
    asOf: systemClock.now(),
    duplicates: DUPLICATES,
    time: '2026-01-01T00:00:00Z',
  })
  for (const { stream: _, ...event } of events) {
    published.sent += 1
    const number = Number(event.id?.slice(PREFIX.length))
    if (seen[number] === 0) {
      published.distinct += 1
      published.minutes += event.data['delayMinutes'] as number
    }
    seen[number] = 1
    chunk.push(event)
    if (chunk.length < 1_000) continue
    await producer.publish(chunk)
    chunk = []
  }
  await producer.publish(chunk)
  await producer.close()
  return published
}

/** Resolves once nothing in the streams is unread or pending. */
async function caughtUp({ redisUrl }: BenchServers, { loaded }: BenchPipeline): Promise<void> {
  const client = new Redis(redisUrl, { protocol: 2 })
  for (let waits = true; waits; ) {
    await delay(LOOK_EVERY_MS)
    const infos = await Promise.all(loaded.settings.streams.map((stream) => client.xinfo('GROUPS', stream)))
    waits = infos.some((groups) => {
      const fields = (groups as unknown[][])[0] ?? []
      const field = (name: string) => Number(fields[fields.indexOf(name) + 1])
      return field('pending') > 0 || field('lag') > 0
    })
  }
  await client.quit()
}

/** Workers of which one is killed from time to time, and started again. */
class Fleet {
  readonly #start: (name: string) => Promise<WorkerProcess>
  readonly #running = new Map<string, WorkerProcess>()
  readonly #stop = new AbortController()
  #killing: Promise<void> | undefined
  kills = 0

  private constructor(start: (name: string) => Promise<WorkerProcess>) {
    this.#start = start
  }

  static async start({ file, databaseUrl }: BenchPipeline, { redisUrl }: BenchServers): Promise<Fleet> {
    const fleet = new Fleet((consumer) => WorkerProcess.start({ pipelineFile: file, databaseUrl, redisUrl, consumer }))
    for (let i = 0; i < WORKERS; i += 1) await fleet.#launch(`soak-${i}`)
    fleet.#killing = fleet.#killOnAndOn()
    return fleet
  }

  async #launch(name: string): Promise<void> {
    this.#running.set(name, await this.#start(name))
  }

  async #killOnAndOn(): Promise<void> {
    const random = createRandom(7)
    for (;;) {
      await delay(KILL_EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      const name = `soak-${Math.floor(random() * WORKERS)}`
      await this.#running.get(name)?.kill()
      this.kills += 1
      await this.#launch(name)
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#killing
    await Promise.all([...this.#running.values()].map((worker) => worker.stop()))
  }
}
