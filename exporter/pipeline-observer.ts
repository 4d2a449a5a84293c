import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import type { SharedRedis } from '../adapters/redis/shared-redis.ts'
import type { Part } from '../adapters/telemetry/exporter-metrics.ts'
import { foldLoad, type LoadLook, NO_LOAD } from '../core/load/fold-load.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import { isAlive } from '../core/signals/is-alive.ts'
import { isNothingLeft } from '../core/signals/is-nothing-left.ts'
import type {
  DatabaseSignals,
  LoadSignals,
  Observed,
  PipelineSignals,
  SourceSignals,
  Unreachable,
} from '../core/signals/pipeline-signals.ts'
import type { AlarmClock } from './alarm-clock.ts'
import { DatabaseObserver } from './database-observer.ts'
import { type Look, Looks } from './looks.ts'
import { SourceObserver } from './source-observer.ts'

interface Told {
  readonly source: Look<SourceSignals>
  readonly database: Look<DatabaseSignals>
  readonly signals: PipelineSignals
}

/** Where a pipeline's servers are, asked when a connection is made. Either may throw; that is then what is seen. */
export interface Connections {
  readonly redis: () => ConnectionUrl
  readonly database: () => ConnectionUrl
}

/** What the observers of many pipelines have in common, so that many cost little more than few. */
export interface Shared {
  readonly redis: SharedRedis
  readonly alarms: AlarmClock
}

export interface ObserverOptions {
  readonly pipeline: LoadedPipeline
  readonly connections: Connections
  readonly shared: Shared
  readonly everyMs: number
  readonly onLook: (part: Part, seconds: number) => void
  /** Says why a look failed, in a word without secrets. */
  readonly onFailure: (part: Part, error: unknown) => string
}

/** Nobody but whoever looks finds out that a pipeline without workers needs one, or that those that just came are too few. */
const CLOSELY_EVERY_MS = 1_000

/** A database in which nothing is left to do, and nobody who would do anything. */
const AT_REST_EVERY_MS = 15_000

/** Something waits and nobody takes it: if it is not to be, it is not worth a closer look for longer. */
const STARTING_MS = 60_000

/** How much came in between them. */
const LOOKS_FOR_A_RATE = 2

/** Looks at one pipeline's streams and at its database, each on its own, and keeps its load. */
export class PipelineObserver {
  readonly #options: ObserverOptions
  readonly #stop = new AbortController()
  readonly #source: SourceObserver
  readonly #database: DatabaseObserver
  readonly #sourceLooks: Looks<SourceSignals>
  readonly #databaseLooks: Looks<DatabaseSignals>
  readonly #running: Promise<unknown>
  #load = NO_LOAD
  #told: Told | undefined
  #startingSince: number | undefined
  /** Whether the look before the newest one, or that one, found the source quiet. */
  #wasQuiet = false

  constructor(options: ObserverOptions) {
    const { pipeline, connections, shared, everyMs } = options
    this.#options = options
    this.#source = new SourceObserver(pipeline, connections.redis, shared.redis, everyMs)
    this.#database = new DatabaseObserver(pipeline, connections.database)
    const closely = Math.min(everyMs, CLOSELY_EVERY_MS)
    const atRest = Math.max(everyMs, Math.min(3 * everyMs, AT_REST_EVERY_MS))
    this.#sourceLooks = this.#looks('source', {
      againMs: () => (this.#hasWorkers && !this.#isStarting() && !this.#wasQuiet ? everyMs : closely),
      look: async () => {
        if (this.#isStarting()) this.#databaseLooks.hurry()
        return await this.#lookAtSource()
      },
      loadLook: (seen) => ({ streams: seen?.streams ?? null }),
    })
    this.#databaseLooks = this.#looks('database', {
      againMs: () => (this.#isStarting() ? closely : this.#isAtRest ? atRest : everyMs),
      look: () => this.#database.look(),
      loadLook: (seen) => ({ members: seen?.members ?? null }),
    })
    this.#running = Promise.all([this.#sourceLooks.run(this.#stop.signal), this.#databaseLooks.run(this.#stop.signal)])
  }

  /**
   * Undefined before both were looked at for the first time. It is as old as the older of the two looks, and the same until the next one: whoever
   * asks again and again has nothing to compare.
   */
  get latest(): PipelineSignals | undefined {
    const [source, database] = [this.#sourceLooks.latest, this.#databaseLooks.latest]
    if (source === undefined || database === undefined) return undefined
    const { load } = this.#load
    if (this.#told?.source !== source || this.#told.database !== database || this.#told.signals.load !== load)
      this.#told = { source, database, signals: signalsOf(source, database, load) }
    return this.#told.signals
  }

  /** Whether it has looked as often as it takes to tell how much comes in. */
  get tellsRates(): boolean {
    return this.#sourceLooks.ended >= LOOKS_FOR_A_RATE && this.#databaseLooks.ended > 0
  }

  /** Ends the looks and closes the connections; a look that is under way is cut off. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#source.close()
    const closing = this.#database.close()
    await this.#running
    await closing
  }

  get #hasWorkers(): boolean {
    const seen = this.#databaseLooks.latest?.seen
    return seen !== undefined && 'members' in seen && seen.members.some(isAlive)
  }

  get #isAtRest(): boolean {
    const [source, database] = [this.#sourceLooks.latest?.seen, this.#databaseLooks.latest?.seen]
    const areSeen = source && 'streams' in source && database && 'marks' in database
    return areSeen === true && !this.#hasWorkers && isNothingLeft(source, database)
  }

  /**
   * Workers who have nothing to do may be gone before the database was looked at again. So a quiet source is looked at as if there were none, and
   * twice more when something comes: for how much comes, and meanwhile it shows who is there.
   */
  async #lookAtSource(): Promise<SourceSignals> {
    const wasQuiet = this.#source.isQuiet
    const seen = await this.#source.look({ hasWorkers: this.#hasWorkers })
    this.#wasQuiet = wasQuiet || this.#source.isQuiet
    if (wasQuiet && !this.#source.isQuiet) this.#databaseLooks.hurry()
    return seen
  }

  /** From when something waits and nobody works until it is known what a worker can do. */
  #isStarting(): boolean {
    const source = this.#sourceLooks.latest?.seen
    const isDrained = source === undefined || 'unreachable' in source || source.isDrained === true
    if (isDrained || (this.#hasWorkers && this.#load.load.capacityPerWorker !== null)) this.#startingSince = undefined
    else this.#startingSince ??= performance.now()
    return this.#startingSince !== undefined && performance.now() - this.#startingSince < STARTING_MS
  }

  #looks<Seen>(
    part: Part,
    {
      againMs,
      look,
      loadLook,
    }: {
      readonly againMs: () => number
      readonly look: () => Promise<Seen>
      /** What it says of the load; undefined is a look that failed. */
      readonly loadLook: (seen: Seen | undefined) => LoadLook
    },
  ): Looks<Seen> {
    const { shared, everyMs, onLook, onFailure } = this.#options
    const fold = (seen: Seen | undefined) => {
      this.#load = foldLoad(this.#load, loadLook(seen), performance.now()).memory
    }
    return new Looks({
      look: async () => {
        const seen = await look()
        fold(seen)
        return seen
      },
      everyMs,
      againMs,
      alarms: shared.alarms,
      random: Math.random,
      now: steadyNow,
      onLook: (seconds) => onLook(part, seconds),
      onFailure: (error) => {
        fold(undefined)
        return onFailure(part, error)
      },
    })
  }
}

/** The time of day when this process began, and what has run since: who judges which of two looks is newer goes by it, and no clock that is set misleads them. */
function steadyNow(): Date {
  return new Date(performance.timeOrigin + performance.now())
}

function signalsOf(source: Told['source'], database: Told['database'], load: LoadSignals): PipelineSignals {
  const observedAt = new Date(Math.min(source.at.getTime(), database.at.getTime())).toISOString()
  return { observedAt, source: observed(source), database: observed(database), load }
}

function observed<Seen extends object>({ at, seen }: Look<Seen>): Observed<Seen> | Unreachable {
  return 'unreachable' in seen ? seen : { ...seen, observedAt: at.toISOString() }
}
