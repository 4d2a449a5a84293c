import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { lookAtStreams } from '../adapters/redis/look-at-streams.ts'
import type { JoinedRedis, SharedRedis } from '../adapters/redis/shared-redis.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import { asBefore } from '../core/signals/as-before.ts'
import type { SourceSignals } from '../core/signals/pipeline-signals.ts'
import { olderBy, sourceSignals } from '../core/signals/source-signals.ts'
import type { Counting } from '../core/signals/undelivered.ts'

/** A server that says that much waits is taken at its word for no longer. */
const COUNT_ALL_EVERY_MS = 15_000

/** Two looks are not exactly as far apart as they are meant to be. */
const NEARLY = 0.8

interface Seen {
  readonly signals: SourceSignals
  /** The last ids that the streams gave, as `readLastIds` tells them. */
  readonly lastIds: string
  readonly atMs: number
}

/** Looks at a pipeline's streams, over a connection that is made when it is needed, kept, and shared with others. */
export class SourceObserver {
  readonly #pipeline: LoadedPipeline
  readonly #url: () => ConnectionUrl
  readonly #redis: SharedRedis
  readonly #everyMs: number
  #joined: JoinedRedis | undefined
  #isClosed = false
  #seen: Seen | undefined
  #isQuiet = false
  #countedAt = Number.NEGATIVE_INFINITY
  #countedAllAt = Number.NEGATIVE_INFINITY

  /** `url` is asked when the connection is made, and may throw. `everyMs`: how often streams are looked at closely. */
  constructor(pipeline: LoadedPipeline, url: () => ConnectionUrl, redis: SharedRedis, everyMs: number) {
    this.#pipeline = pipeline
    this.#url = url
    this.#redis = redis
    this.#everyMs = everyMs
  }

  /** Nothing was left to read, and nothing had come since the close look before. */
  get isQuiet(): boolean {
    return this.#isQuiet
  }

  /**
   * Throws what stands in the way of a connection, or what the server or the network says. Where there are no workers, or nothing to take, nobody
   * takes anything: while nothing is added either, what was seen holds until the next close look.
   */
  async look({ hasWorkers }: { readonly hasWorkers: boolean }): Promise<SourceSignals> {
    try {
      const redis = await this.#connection()
      const signals = hasWorkers && !this.#isQuiet ? undefined : await this.#unchanged(redis)
      return signals ?? (await this.#lookClosely(redis))
    } catch (error) {
      this.#seen = undefined
      this.#isQuiet = false
      if (this.#joined?.isOver === true) this.#leave()
      throw error
    }
  }

  /** Whoever shares the connection goes on. */
  close(): void {
    this.#isClosed = true
    this.#leave()
  }

  async #unchanged(redis: JoinedRedis): Promise<SourceSignals | undefined> {
    const now = performance.now()
    if (this.#seen === undefined || now - this.#seen.atMs >= NEARLY * this.#everyMs) return undefined
    const { lastIds, signals, atMs } = this.#seen
    const ids = await redis.readLastIds(this.#pipeline.settings.streams)
    return ids === lastIds ? olderBy(signals, now - atMs) : undefined
  }

  async #lookClosely(redis: JoinedRedis): Promise<SourceSignals> {
    const { settings, pipeline } = this.#pipeline
    const atMs = performance.now()
    const counting = this.#countingAt(atMs)
    const looks = await lookAtStreams(redis, settings.consumerGroup, settings.streams, { counting })
    if (counting !== 'unknown') this.#countedAt = atMs
    if (counting === 'all') this.#countedAllAt = atMs
    const signals = asBefore(this.#seen?.signals, sourceSignals(looks, pipeline.spec.source.redisStreams.startFrom))
    const lastIds = looks.map(({ seen }) => seen?.lastId ?? '').join(' ')
    this.#isQuiet = signals.isDrained === true && lastIds === this.#seen?.lastIds
    this.#seen = { signals, lastIds, atMs }
    return signals
  }

  /** To count takes longer than to look, so it is done no more often than a pipeline with workers is looked at. */
  #countingAt(now: number): Counting {
    if (now - this.#countedAllAt >= COUNT_ALL_EVERY_MS) return 'all'
    return now - this.#countedAt >= NEARLY * this.#everyMs ? 'doubtful' : 'unknown'
  }

  async #connection(): Promise<JoinedRedis> {
    if (this.#joined?.isLost === true) this.#leave()
    this.#joined ??= await this.#redis.join(this.#url())
    const joined = this.#joined
    if (this.#isClosed) this.#leave() // meanwhile
    return joined
  }

  #leave(): void {
    this.#joined?.leave()
    this.#joined = undefined
  }
}
