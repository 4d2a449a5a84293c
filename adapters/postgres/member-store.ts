import type { Pool } from 'pg'
import { loadSql } from './load-sql.ts'

/** Which part of the entities is a worker's to evaluate: those whose hash falls into `slice`, of `slices`. */
export interface Slice {
  readonly slice: number
  readonly slices: number
}

export const WHOLE: Slice = { slice: 0, slices: 1 }

/** A worker silent for this long is no longer counted: its slice goes to the others. */
export const ALIVE_MS = 5_000

/** What a worker has done since it began to count: both only ever grow. */
export interface Work {
  /** Milliseconds in which it had a batch or an evaluation under way. */
  readonly busyMs: number
  /** Entries that it acknowledged. */
  readonly entriesDone: number
}

const BEAT = { name: 'beat', text: loadSql('beat') }
const LEAVE = loadSql('leave-workers')
const OTHERS_ALIVE = loadSql('others-alive')

/** The list of workers that are alive. */
export class MemberStore {
  readonly #pool: Pool
  readonly #consumer: string

  constructor(pool: Pool, consumer: string) {
    this.#pool = pool
    this.#consumer = consumer
  }

  /** `beginsAnew`: the counts are no continuation of those that this worker, or a former one of its name, told before. */
  async beat({ busyMs, entriesDone }: Work, beginsAnew: boolean): Promise<Slice> {
    const values = [this.#consumer, ALIVE_MS, busyMs, entriesDone, beginsAnew]
    const { rows } = await this.#pool.query<Slice>({ ...BEAT, values })
    return rows[0] ?? WHOLE
  }

  /** Leave the list, and with it whoever has been silent for a day. Their positions go too, but for the greatest of each stream. */
  async leave(): Promise<void> {
    await this.#pool.query(LEAVE, [this.#consumer])
  }

  /** Whether nobody else is alive. Of workers that leave at one time, the last to do so finds that it is: ask after `leave`. */
  async isAlone(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ others: boolean }>(OTHERS_ALIVE, [this.#consumer, ALIVE_MS])
    return rows[0]?.others === false
  }
}
