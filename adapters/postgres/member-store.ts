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

const BEAT = { name: 'beat', text: loadSql('beat') }
const LEAVE = loadSql('leave-workers')

/** The list of workers that are alive. */
export class MemberStore {
  readonly #pool: Pool
  readonly #consumer: string

  constructor(pool: Pool, consumer: string) {
    this.#pool = pool
    this.#consumer = consumer
  }

  async beat(): Promise<Slice> {
    const { rows } = await this.#pool.query<Slice>({ ...BEAT, values: [this.#consumer, ALIVE_MS] })
    return rows[0] ?? WHOLE
  }

  /** Leave the list, and with it whoever has been silent for a day. Their positions go too, but for the greatest of each stream. */
  async leave(): Promise<void> {
    await this.#pool.query(LEAVE, [this.#consumer])
  }
}
