import { createPostgresPool, type Pool } from '../adapters/postgres/postgres-pool.ts'
import { readDatabaseSignals } from '../adapters/postgres/read-signals.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { DatabaseSignals } from '../core/signals/pipeline-signals.ts'

const STATEMENT_TIMEOUT_MS = 5_000

/** To count entities means to look at every row: once a minute will do. */
const COUNT_EVERY_MS = 60_000

/** Looks at a pipeline's database, over one connection that is made when it is needed and kept. */
export class DatabaseObserver {
  readonly #pipeline: LoadedPipeline
  readonly #url: () => ConnectionUrl
  #pool: Pool | undefined
  #entities: number | null = null
  #countAt = 0

  /** `url` is asked when the connection is made, and may throw. */
  constructor(pipeline: LoadedPipeline, url: () => ConnectionUrl) {
    this.#pipeline = pipeline
    this.#url = url
  }

  /** Throws what stands in the way of a connection, or what the server or the network says. */
  async look(): Promise<DatabaseSignals> {
    const pool = (this.#pool ??= this.#open())
    const countEntities = performance.now() >= this.#countAt
    const signals = await readDatabaseSignals(pool, this.#pipeline.metricSet, { countEntities })
    if (countEntities) {
      this.#entities = signals.entities
      this.#countAt = performance.now() + COUNT_EVERY_MS
    }
    return signals.migrated ? { ...signals, entities: this.#entities } : signals
  }

  async close(): Promise<void> {
    await this.#pool?.end()
  }

  #open(): Pool {
    const { database } = this.#pipeline.pipeline.spec
    return createPostgresPool({
      url: this.#url(),
      schema: database.schema,
      applicationName: 'metrics-pipeline exporter',
      maxConnections: 1,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      onError: () => undefined, // the next look tells
    })
  }
}
