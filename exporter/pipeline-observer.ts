import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import type { Part } from '../adapters/telemetry/exporter-metrics.ts'
import { UNKNOWN_LOAD } from '../core/load/unknown-load.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { DatabaseSignals, PipelineSignals, SourceSignals } from '../core/signals/pipeline-signals.ts'
import { DatabaseObserver } from './database-observer.ts'
import { Looks } from './looks.ts'
import { SourceObserver } from './source-observer.ts'

/** Where a pipeline's servers are, asked when a connection is made. Either may throw; that is then what is seen. */
export interface Connections {
  readonly redis: () => ConnectionUrl
  readonly database: () => ConnectionUrl
}

export interface ObserverOptions {
  readonly pipeline: LoadedPipeline
  readonly connections: Connections
  readonly everyMs: number
  readonly onLook: (part: Part, seconds: number) => void
  /** Says why a look failed, in a word without secrets. */
  readonly onFailure: (part: Part, error: unknown) => string
}

/** Looks at one pipeline's streams and at its database, each on its own. */
export class PipelineObserver {
  readonly #options: ObserverOptions
  readonly #stop = new AbortController()
  readonly #source: SourceObserver
  readonly #database: DatabaseObserver
  readonly #sourceLooks: Looks<SourceSignals>
  readonly #databaseLooks: Looks<DatabaseSignals>
  readonly #running: Promise<unknown>

  constructor(options: ObserverOptions) {
    const { pipeline, connections } = options
    this.#options = options
    this.#source = new SourceObserver(pipeline, connections.redis)
    this.#database = new DatabaseObserver(pipeline, connections.database)
    this.#sourceLooks = this.#looks('source', () => this.#source.look())
    this.#databaseLooks = this.#looks('database', () => this.#database.look())
    this.#running = Promise.all([this.#sourceLooks.run(this.#stop.signal), this.#databaseLooks.run(this.#stop.signal)])
  }

  /** Undefined before both were looked at for the first time. It is as old as the older of the two looks. */
  get latest(): PipelineSignals | undefined {
    const [source, database] = [this.#sourceLooks.latest, this.#databaseLooks.latest]
    if (source === undefined || database === undefined) return undefined
    const observedAt = new Date(Math.min(source.at.getTime(), database.at.getTime())).toISOString()
    return { observedAt, source: source.seen, database: database.seen, load: UNKNOWN_LOAD }
  }

  /** Ends the looks and closes the connections; a look that is under way is cut off. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#source.close()
    const closing = this.#database.close()
    await this.#running
    await closing
  }

  #looks<Seen>(part: Part, look: () => Promise<Seen>): Looks<Seen> {
    const { everyMs, onLook, onFailure } = this.#options
    return new Looks({
      look,
      everyMs,
      random: Math.random,
      now: () => new Date(),
      onLook: (seconds) => onLook(part, seconds),
      onFailure: (error) => onFailure(part, error),
    })
  }
}
