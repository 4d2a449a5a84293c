import type { LiveRowsCompared } from '../adapters/postgres/daily-store.ts'
import { findFaults, findOverdue, missingAround, missingBetween } from '../adapters/postgres/parity-check.ts'
import { type ParityFindings, type ParityReport, ParityTally } from '../adapters/postgres/parity-report.ts'
import type { Pool, PoolClient } from '../adapters/postgres/postgres-pool.ts'
import { RowComparison } from '../adapters/postgres/row-comparison.ts'
import type { KeyRange } from '../adapters/postgres/run-store.ts'
import type { MetricSet } from '../core/metric-sets/metric-set.ts'
import type { EntityBatch } from './entity-batch.ts'

export interface RunningParityOptions {
  readonly pool: Pool
  readonly set: MetricSet
  /** The share of keys compared, 0 to 1. */
  readonly sample: number
  readonly range: KeyRange
  /** An earlier try of the run came as far as this entity. */
  readonly resumedAfter: string | null
}

export type BatchFindings = Pick<ParityFindings, 'compared' | 'mismatched' | 'missing'>

/**
 * Parity of the live rows of a range of keys, found out batch by batch along with their daily rows. What facts and rows say of an entity is
 * read in one statement; different batches are read at different moments, and no entity's row depends on another's.
 */
export class RunningParity {
  readonly #options: RunningParityOptions
  readonly #comparison: RowComparison
  readonly #tally = new ParityTally()
  #first: string | undefined
  #last: string | undefined

  constructor(options: RunningParityOptions) {
    this.#options = options
    this.#comparison = new RowComparison(options.set, options.sample)
  }

  get sample(): number {
    return this.#options.sample
  }

  /** What is left to find out of a batch whose daily rows are written. */
  async complete(
    client: PoolClient,
    batch: EntityBatch,
    { compared, mismatched, apart }: LiveRowsCompared,
  ): Promise<BatchFindings> {
    const recomputed = await this.#comparison.compareListed(client, apart)
    const [first = '', last = first] = [batch.after ?? batch.entities[0], batch.entities.at(-1)]
    return {
      compared: compared + recomputed.compared,
      mismatched: [...mismatched, ...recomputed.mismatched],
      missing: await missingBetween(client, this.#options.set, first, last),
    }
  }

  /** Batches come in the order of their keys, each once. */
  note({ entities }: EntityBatch, findings: readonly BatchFindings[]): void {
    this.#first ??= entities[0]
    this.#last = entities.at(-1)
    for (const found of findings) this.#tally.add(found)
  }

  /** Once all batches are noted. What an earlier try has written is compared now. */
  async report(): Promise<ParityReport> {
    const { pool, set, sample, range, resumedAfter } = this.#options
    const rest = resumedAfter === null ? range : { ...range, from: keyAfter(resumedAfter) }
    if (resumedAfter !== null)
      this.#tally.add(await findFaults(pool, set, { sample, range: { ...range, to: rest.from } }))
    this.#tally.add({
      missing: await missingAround(pool, set, rest, this.#first, this.#last),
      overdue: await findOverdue(pool, set, rest),
    })
    return this.#tally.report()
  }
}

/** The least key behind another: no text has a character below this one. */
function keyAfter(key: string): string {
  return `${key}\u0001`
}
