import type { Pool } from 'pg'
import type { CompositeResult } from '../../core/composite/composite-result.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { loadSql } from './load-sql.ts'
import { run, type Statement } from './statement-cache.ts'

/** What stands for a scope, by the database's clock. */
export interface CompositeLook {
  /** Now: what a calculation that begins here is as of. */
  readonly asOf: Instant
  /** Of what stands; 0 where nothing does. */
  readonly fence: number
  /** For how long nothing may replace it. */
  readonly waitMs: number
  /** Undefined where nothing stands. */
  readonly ageMs: number | undefined
  readonly value: string | null
}

export interface CompositeRecord {
  readonly scope: string
  readonly fence: number
  readonly asOf: Instant
  readonly result: CompositeResult
}

export interface CompositeBounds {
  readonly minIntervalMs: number
  /** How many are kept of a scope, the one that stands among them. */
  readonly historyLimit: number
}

export type StoreOutcome = { readonly kind: 'stored' } | ({ readonly kind: 'refused' } & CompositeLook)

const LOOK: Statement = { name: 'look-at-composite', text: loadSql('look-at-composite') }
const STORE: Statement = { name: 'store-composite', text: loadSql('store-composite') }

interface LookRow {
  readonly as_of: string
  readonly fence: string
  readonly wait_ms: string
  readonly age_ms: string | null
  readonly value: string | null
}

/** The referee of composites: whatever the gates in Redis forget, here no fence goes back and no two results come too close together. */
export class CompositeStore {
  readonly #pool: Pool
  readonly #holder: string

  constructor(pool: Pool, holder: string) {
    this.#pool = pool
    this.#holder = holder
  }

  async look(scope: string, minIntervalMs: number): Promise<CompositeLook> {
    const { rows } = await run<LookRow>(this.#pool, LOOK, [scope, minIntervalMs])
    const [row] = rows
    if (row === undefined) throw new Error('a look at what stands gives one row')
    return {
      asOf: Number(row.as_of),
      fence: Number(row.fence),
      waitMs: Number(row.wait_ms),
      ageMs: row.age_ms === null ? undefined : Number(row.age_ms),
      value: row.value,
    }
  }

  /** A refusal tells what stands instead, and when that may be replaced. */
  async store(
    { scope, fence, asOf, result }: CompositeRecord,
    { minIntervalMs, historyLimit }: CompositeBounds,
  ): Promise<StoreOutcome> {
    const { value, sampleSize, inputs } = result
    const values = [
      scope,
      fence,
      formatInstant(asOf),
      value,
      sampleSize,
      JSON.stringify(inputs),
      this.#holder,
      minIntervalMs,
      historyLimit,
    ]
    const { rows } = await run(this.#pool, STORE, values)
    return rows.length > 0 ? { kind: 'stored' } : { kind: 'refused', ...(await this.look(scope, minIntervalMs)) }
  }
}
