import type { DailyCounts } from '../adapters/postgres/daily-store.ts'
import { judgePostgresError } from '../adapters/postgres/postgres-error.ts'
import { inTransaction, type Pool, type PoolClient } from '../adapters/postgres/postgres-pool.ts'
import { wait } from '../adapters/process/wait.ts'
import { describeError, type Logger } from '../adapters/telemetry/create-logger.ts'
import type { EntityFailure } from './summary.ts'

export interface BatchWriterOptions {
  readonly pool: Pool
  readonly log: Logger
  /** Attempts at a batch in all. */
  readonly maxRetries: number
  readonly retryDelayMs: number
  /** Undo every batch after it was computed: for a dry run. */
  readonly rollBack: boolean
  /** `turn` comes when everything before these entities is committed. */
  readonly write: (client: PoolClient, entities: readonly string[], turn: Promise<void>) => Promise<DailyCounts>
  readonly failed: (client: PoolClient, failure: EntityFailure) => Promise<void>
}

/** The batch before this one failed, so the turn of this one never comes. */
export class EarlierBatchFailed extends Error {
  constructor(cause: unknown) {
    super('an earlier batch failed', { cause })
  }
}

/** Ends a dry run's transaction; carries what would have been written. */
class RolledBack extends Error {
  readonly counts: DailyCounts

  constructor(counts: DailyCounts) {
    super('dry run')
    this.counts = counts
  }
}

/**
 * Writes batches of entities, each in one transaction. Trouble with the database is tried again; trouble with the data is narrowed down by
 * halves to the entity that causes it, which is noted as failed while its neighbours are written.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions
  readonly #failures: EntityFailure[] = []

  constructor(options: BatchWriterOptions) {
    this.#options = options
  }

  get failures(): readonly EntityFailure[] {
    return this.#failures
  }

  /** Throws what the database says at the last attempt when that is no fault of the data. */
  async write(entities: readonly string[], turn: Promise<void>, stop: AbortSignal): Promise<DailyCounts> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transact(entities, turn)
      } catch (error) {
        if (error instanceof EarlierBatchFailed) throw error
        if (judgePostgresError(error) === 'data') return this.#isolate(entities, error, attempt, turn, stop)
        this.#options.log.warn(
          { error, attempt, of: this.#options.maxRetries, entities: entities.length },
          'a batch failed',
        )
        if (attempt >= this.#options.maxRetries || stop.aborted) throw error
        await wait(this.#options.retryDelayMs, stop)
      }
    }
  }

  async #transact(entities: readonly string[], turn: Promise<void>): Promise<DailyCounts> {
    try {
      return await inTransaction(this.#options.pool, async (client) => {
        const counts = await this.#options.write(client, entities, turn)
        if (this.#options.rollBack) throw new RolledBack(counts)
        return counts
      })
    } catch (error) {
      if (error instanceof RolledBack) return error.counts
      throw error
    }
  }

  async #isolate(
    entities: readonly string[],
    error: unknown,
    attempts: number,
    turn: Promise<void>,
    stop: AbortSignal,
  ): Promise<DailyCounts> {
    const [only] = entities
    if (only === undefined || entities.length === 1) return this.#giveUp(only ?? '', error, attempts, turn)
    const middle = Math.ceil(entities.length / 2)
    const first = await this.write(entities.slice(0, middle), turn, stop)
    const second = await this.write(entities.slice(middle), turn, stop)
    return { stored: first.stored + second.stored, inactive: first.inactive + second.inactive }
  }

  async #giveUp(entity: string, error: unknown, attempts: number, turn: Promise<void>): Promise<DailyCounts> {
    const failure = { entity, error: describeError(error).message, attempts }
    await turn
    this.#failures.push(failure)
    this.#options.log.error({ entity, error }, 'an entity failed')
    await inTransaction(this.#options.pool, (client) => this.#options.failed(client, failure))
    return { stored: 0, inactive: 0 }
  }
}
