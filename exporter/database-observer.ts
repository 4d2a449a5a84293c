import { createPostgresPool, type Pool } from '../adapters/postgres/postgres-pool.ts'
import { readDatabaseSignals } from '../adapters/postgres/read-signals.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { DatabaseSignals } from '../core/signals/pipeline-signals.ts'
import { connectionInFile } from './connection-file.ts'

const STATEMENT_TIMEOUT_MS = 5_000

/** To count entities means to look at every row: once a minute will do. */
const COUNT_EVERY_MS = 60_000

/** Looks at a pipeline's database, over one connection that is made when it is needed and kept. */
export class DatabaseObserver {
  readonly #pipeline: LoadedPipeline
  readonly #file: string
  #pool: Pool | undefined
  #entities: number | null = null
  #countAt = 0

  constructor(pipeline: LoadedPipeline, file: string) {
    this.#pipeline = pipeline
    this.#file = file
  }

  /** Throws `NoConnectionError`, or what the server or the network says. */
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
      url: connectionInFile(this.#file, { ...database, field: 'spec.database.connection' }),
      schema: database.schema,
      applicationName: 'metrics-pipeline exporter',
      maxConnections: 1,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      onError: () => undefined, // the next look tells
    })
  }
}
