import { judgePostgresError, sqlState } from '../adapters/postgres/postgres-error.ts'
import { inTransaction, type Pool, type PoolClient } from '../adapters/postgres/postgres-pool.ts'
import { wait } from '../adapters/process/wait.ts'
import { describeError, type Logger } from '../adapters/telemetry/create-logger.ts'
import { type EntityBatch, halvesOf } from './entity-batch.ts'
import { EarlierBatchFailed } from './several-at-a-time.ts'
import type { EntityFailure } from './summary.ts'

export interface BatchWriterOptions<Outcome> {
  readonly pool: Pool
  readonly log: Logger
  /** Attempts at a batch in all. */
  readonly maxRetries: number
  readonly retryDelayMs: number
  /** Undo every batch after it was computed: for a dry run. */
  readonly rollBack: boolean
  /** `turn` comes when everything before these entities is committed. */
  readonly write: (client: PoolClient, batch: EntityBatch, turn: Promise<void>) => Promise<Outcome>
  /** For a batch of the one entity that failed. */
  readonly failed: (client: PoolClient, batch: EntityBatch, failure: EntityFailure) => Promise<Outcome>
  readonly together: (first: Outcome, second: Outcome) => Outcome
}

/**
 * A crash of the server may undo the last batches, each as a whole with the note of how far the run has come, and the next try writes them
 * again. So no batch waits for the disk; the end of the run does, which is noted after all of them.
 */
const NEED_NOT_LAST = 'set local synchronous_commit = off'

/** The batch before may take long, or be tried again, and nobody waits for the rows that this one locks meanwhile. */
const MAY_WAIT_FOR_ITS_TURN = 'set local idle_in_transaction_session_timeout = 0'

/** 23505 unique_violation: a run that divides the day otherwise wrote a row of ours after we had looked. The next attempt replaces it. */
const WRITTEN_MEANWHILE = '23505'

function isFaultOfData(error: unknown): boolean {
  return judgePostgresError(error) === 'data' && sqlState(error) !== WRITTEN_MEANWHILE
}

/** Ends a dry run's transaction; carries what would have been written. */
class RolledBack<Outcome> extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('dry run')
    this.outcome = outcome
  }
}

/**
 * Writes batches of entities, each in one transaction. Trouble with the database is tried again; trouble with the data is narrowed down by
 * halves to the entity that causes it, which is noted as failed while its neighbours are written.
 */
export class BatchWriter<Outcome> {
  readonly #options: BatchWriterOptions<Outcome>
  readonly #failures: EntityFailure[] = []

  constructor(options: BatchWriterOptions<Outcome>) {
    this.#options = options
  }

  get failures(): readonly EntityFailure[] {
    return this.#failures
  }

  /** Throws what the database says at the last attempt when that is no fault of the data. */
  async write(batch: EntityBatch, turn: Promise<void>, stop: AbortSignal): Promise<Outcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transact(batch, turn)
      } catch (error) {
        if (error instanceof EarlierBatchFailed) throw error
        if (isFaultOfData(error)) return this.#isolate(batch, error, attempt, turn, stop)
        this.#options.log.warn(
          { error, attempt, of: this.#options.maxRetries, entities: batch.entities.length },
          'a batch failed',
        )
        if (attempt >= this.#options.maxRetries || stop.aborted) throw error
        await wait(this.#options.retryDelayMs, stop)
      }
    }
  }

  async #transact(batch: EntityBatch, turn: Promise<void>): Promise<Outcome> {
    try {
      return await inTransaction(this.#options.pool, async (client, later) => {
        later(client.query(NEED_NOT_LAST))
        later(client.query(MAY_WAIT_FOR_ITS_TURN))
        const outcome = await this.#options.write(client, batch, turn)
        if (this.#options.rollBack) throw new RolledBack(outcome)
        return outcome
      })
    } catch (error) {
      if (error instanceof RolledBack) return (error as RolledBack<Outcome>).outcome
      throw error
    }
  }

  async #isolate(
    batch: EntityBatch,
    error: unknown,
    attempts: number,
    turn: Promise<void>,
    stop: AbortSignal,
  ): Promise<Outcome> {
    if (batch.entities.length <= 1) return this.#giveUp(batch, error, attempts, turn)
    const [first, second] = halvesOf(batch)
    return this.#options.together(await this.write(first, turn, stop), await this.write(second, turn, stop))
  }

  async #giveUp(batch: EntityBatch, error: unknown, attempts: number, turn: Promise<void>): Promise<Outcome> {
    const [entity = ''] = batch.entities
    const failure = { entity, error: describeError(error).message, attempts }
    await turn
    this.#failures.push(failure)
    this.#options.log.error({ entity, error }, 'an entity failed')
    return inTransaction(this.#options.pool, (client) => this.#options.failed(client, batch, failure))
  }
}
