import { createPostgresPool, type Pool } from '../adapters/postgres/postgres-pool.ts'
import { countEntities, SignalsReader } from '../adapters/postgres/read-signals.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { DatabaseSignals } from '../core/signals/pipeline-signals.ts'

const STATEMENT_TIMEOUT_MS = 5_000

/** To count entities means to look at every row: once a minute will do. */
const COUNT_EVERY_MS = 60_000

/** One for the looks. Another only where a count is still under way by the next of them. */
const MAX_CONNECTIONS = 2

/** Looks at a pipeline's database, over a connection that is made when it is needed and kept. */
export class DatabaseObserver {
  readonly #pipeline: LoadedPipeline
  readonly #url: () => ConnectionUrl
  readonly #now: () => number
  #pool: Pool | undefined
  #reader: SignalsReader | undefined
  #entities: number | null = null
  #countAt = 0

  /** `url` is asked when the connection is made, and may throw. `now` is in milliseconds since whenever. */
  constructor(pipeline: LoadedPipeline, url: () => ConnectionUrl, now = () => performance.now()) {
    this.#pipeline = pipeline
    this.#url = url
    this.#now = now
  }

  /** Throws what stands in the way of a connection, or what the server or the network says. */
  async look(): Promise<DatabaseSignals> {
    const pool = (this.#pool ??= this.#open())
    const reader = (this.#reader ??= new SignalsReader(pool, this.#pipeline.metricSet, { countEntities: false }))
    const signals = await reader.read()
    if (!signals.migrated) return signals
    if (this.#now() >= this.#countAt) void this.#count(pool)
    return { ...signals, entities: this.#entities }
  }

  async close(): Promise<void> {
    await this.#pool?.end()
  }

  /** Nobody waits for it, and where it takes too long for a large table or a loaded server, all else is seen as before. */
  async #count(pool: Pool): Promise<void> {
    this.#countAt = this.#now() + COUNT_EVERY_MS
    try {
      this.#entities = await countEntities(pool, this.#pipeline.metricSet)
    } catch {
      // the number of before stands
    }
  }

  #open(): Pool {
    const { database } = this.#pipeline.pipeline.spec
    return createPostgresPool({
      url: this.#url(),
      schema: database.schema,
      applicationName: 'metrics-pipeline exporter',
      maxConnections: MAX_CONNECTIONS,
      keepsOne: true,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      readsOnly: true,
      onError: () => undefined, // the next look tells
    })
  }
}
