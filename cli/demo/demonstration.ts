import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { countOpenWork, isDone } from '../../adapters/postgres/open-work.ts'
import { createPostgresPool, type Pool } from '../../adapters/postgres/postgres-pool.ts'
import { countEntities } from '../../adapters/postgres/read-signals.ts'
import { Scope } from '../../adapters/process/scope.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { wait } from '../../adapters/process/wait.ts'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { readBacklog } from '../../adapters/redis/read-backlog.ts'
import { connectRedis } from '../../adapters/redis/redis-client.ts'
import { runDailyAggregation } from '../../aggregator/run-daily-aggregation.ts'
import type { AggregationSummary } from '../../aggregator/summary.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { createPace } from '../pace.ts'
import type { LiveView } from '../top/live-view.ts'
import { LocalSource } from '../top/local-source.ts'
import type { LocalPipeline } from '../up/local-pipeline.ts'
import type { DemoEvent, DemoLoad } from './demo-load.ts'
import { demoPicture } from './demo-picture.ts'
import { type TierChange, TierWatch } from './tier-watch.ts'

const LOOK_MS = 500
const PLAIN_LOOK_MS = 2_000
const EVENTS_AT_ONCE = 1_000

/** Paced events are published so many seconds' worth at a time. */
const PACED_SECONDS = 0.1
const CHANGES_KEPT = 50

/** Plays a load to a pipeline that runs here, and shows what becomes of it. */
export class Demonstration {
  readonly #local: LocalPipeline
  readonly #loaded: LoadedPipeline
  readonly #load: DemoLoad
  readonly #scope = new Scope()
  readonly #view: LiveView
  readonly #lookMs: number
  #pool!: Pool
  #watch!: TierWatch
  #producer!: EventProducer
  #readBacklog!: () => Promise<number>
  #source!: LocalSource
  #published = 0
  #changes: readonly TierChange[] = []
  #isHistory = true

  constructor(local: LocalPipeline, loaded: LoadedPipeline, load: DemoLoad, view: LiveView) {
    this.#local = local
    this.#loaded = loaded
    this.#load = load
    this.#view = view
    this.#lookMs = view.isRedrawn ? LOOK_MS : PLAIN_LOOK_MS
  }

  async open(): Promise<void> {
    const { database } = this.#loaded.pipeline.spec
    this.#pool = this.#scope.use(
      createPostgresPool({
        url: this.#local.databaseUrl,
        schema: database.schema,
        applicationName: 'metrics-pipeline demo',
        maxConnections: 2,
        onError: () => undefined,
      }),
      (pool) => pool.end(),
    )
    this.#watch = new TierWatch(this.#pool, this.#loaded.metricSet)
    this.#producer = this.#scope.use(
      await EventProducer.connect(this.#local.redisUrl, { pipeline: this.#loaded }),
      async (producer) => void (await producer.close()),
    )
    const client = this.#scope.use(await connectRedis(this.#local.redisUrl, () => undefined), (redis) =>
      redis.disconnect(),
    )
    const { consumerGroup, streams } = this.#loaded.settings
    this.#readBacklog = async () =>
      (await readBacklog(client, consumerGroup, streams)).reduce(
        (sum, { lag, pending, length }) => sum + (lag ?? length) + pending,
        0,
      )
    this.#source = this.#scope.use(new LocalSource(this.#loaded, LOOK_MS), (source) => source.close())
  }

  close(): Promise<void> {
    return this.#scope.close()
  }

  /** Publishes the history at its pace and waits until every row follows it. */
  async playHistory(stop: AbortSignal): Promise<void> {
    const played = this.#publishAll(stop)
    await this.#lookUntil(`history: ${this.#load.summary}`, played, stop)
    await this.#lookUntil('waiting until every row is up to date', this.#settled(stop), stop)
  }

  /** Publishes live events at their times for so many seconds, or until `stop` is aborted. */
  async playLive(seconds: number, stop: AbortSignal): Promise<void> {
    if (this.#load.live === undefined) return
    const live = this.#load.live(systemClock.now())
    this.#isHistory = false
    this.#source.startOver()
    const end = Number.isFinite(seconds) ? AbortSignal.any([stop, AbortSignal.timeout(seconds * 1_000)]) : stop
    const played = this.#publishLive(live, end)
    await this.#lookUntil('live', played, stop)
    if (!stop.aborted) await this.#lookUntil('waiting until every row is up to date', this.#settled(stop), stop)
  }

  aggregate(signal: AbortSignal): Promise<AggregationSummary> {
    this.#view.settle() // its summary stands below
    return runDailyAggregation({ pipeline: this.#loaded, databaseUrl: this.#local.databaseUrl, signal })
  }

  async #publishAll(stop: AbortSignal): Promise<void> {
    const { history, pace = Number.POSITIVE_INFINITY } = this.#load
    const size = Math.ceil(Math.min(EVENTS_AT_ONCE, pace * PACED_SECONDS))
    const keepPace = createPace(pace)
    let chunk: OutgoingEvent[] = []
    for (const event of history) {
      chunk.push(outgoing(event))
      if (chunk.length < size) continue
      if (stop.aborted) return
      await this.#publish(chunk)
      await keepPace(this.#published, stop)
      chunk = []
    }
    await this.#publish(chunk)
  }

  async #publishLive(live: Iterator<DemoEvent>, end: AbortSignal): Promise<void> {
    let next = live.next()
    while (next.done !== true && !end.aborted) {
      const now = systemClock.now()
      const due: OutgoingEvent[] = []
      for (; next.done !== true && next.value.time <= now && due.length < EVENTS_AT_ONCE; next = live.next())
        due.push(outgoing(next.value))
      if (due.length > 0) await this.#publish(due)
      else if (next.done !== true) await wait(Math.min(50, Math.max(1, (next.value.time - now) / 1_000)), end)
    }
  }

  async #publish(events: readonly OutgoingEvent[]): Promise<void> {
    await this.#producer.publish(events)
    this.#published += events.length
  }

  /** Nothing in the streams and nothing pending; after that, for entries turn into work, nothing to be done in the database. */
  async #settled(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if ((await this.#readBacklog()) === 0 && isDone(await countOpenWork(this.#pool, this.#loaded.metricSet))) return
      await wait(100, stop)
    }
  }

  async #lookUntil(phase: string, work: Promise<void>, stop: AbortSignal): Promise<void> {
    const done = new AbortController()
    const ended = work.finally(() => done.abort())
    ended.catch(() => undefined) // thrown below, once the view has come to rest
    while (!done.signal.aborted && !stop.aborted) {
      await this.#show(phase, stop)
      await wait(this.#lookMs, AbortSignal.any([stop, done.signal]))
    }
    await ended
    if (!stop.aborted) await this.#show(phase, stop, new Date().toISOString())
  }

  /** As it is now, or no longer ago than `since`. */
  async #show(phase: string, stop: AbortSignal, since?: string): Promise<void> {
    const facts = await this.#source.look(stop, since)
    const { metricSet } = this.#loaded
    this.#changes = [...(await this.#watch.look()).toReversed(), ...this.#changes].slice(0, CHANGES_KEPT)
    const state = {
      phase,
      published: this.#published,
      isHistory: this.#isHistory,
      tiers: this.#watch.distribution,
      changes: this.#changes,
    }
    const entities = await countEntities(this.#pool, metricSet)
    this.#view.show(demoPicture({ ...facts, entities }, state, metricSet))
  }
}

function outgoing({ stream, type, id, time, data }: DemoEvent): OutgoingEvent {
  return { stream, type, id, time: formatInstant(time), data }
}
