import type { Pool } from 'pg'
import type { CompositeResult } from '../../core/composite/composite-result.ts'
import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import { formatInstant, type Instant } from '../../core/time/instant.ts'
import { fingerprintOf } from './fingerprint.ts'
import { loadSql } from './load-sql.ts'
import { ALIVE_MS } from './member-store.ts'
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
  /** A worker that is alive gave it, by newer rules than the asker's, and it is not too old: it is not the asker's to replace. */
  readonly isSuperseded: boolean
}

export interface CompositeRecord {
  readonly scope: string
  readonly fence: number
  readonly asOf: Instant
  readonly result: CompositeResult
}

/** Rules that are noted in the database. */
export interface NotedRules {
  readonly fingerprint: string
  /** What is older and by newer rules is nobody's any more. */
  readonly maxStaleMs: number
}

export interface CompositeBounds {
  readonly minIntervalMs: number
  readonly rules: NotedRules
  /** How many are kept of a scope, the one that stands among them. */
  readonly historyLimit: number
}

export type StoreOutcome = { readonly kind: 'stored' } | ({ readonly kind: 'refused' } & CompositeLook)

const FORGET: Statement = { name: 'forget-composites', text: loadSql('forget-composites') }
const FORGET_RULES: Statement = { name: 'forget-composite-rules', text: loadSql('forget-composite-rules') }
const LOOK: Statement = { name: 'look-at-composite', text: loadSql('look-at-composite') }
const REGISTER: Statement = { name: 'register-composite-rules', text: loadSql('register-composite-rules') }
const STORE: Statement = { name: 'store-composite', text: loadSql('store-composite') }

/** So many changes of its rules a worker may be behind and still be known as such when it starts. */
const RULES_KEPT = 1_000

interface LookRow {
  readonly as_of: string
  readonly fence: string
  readonly wait_ms: string
  readonly age_ms: string | null
  readonly value: string | null
  readonly superseded: boolean
}

/** The referee of composites: whatever the gates in Redis forget, here no fence goes back and no two results come too close together. */
export class CompositeStore {
  readonly #pool: Pool
  readonly #holder: string

  constructor(pool: Pool, holder: string) {
    this.#pool = pool
    this.#holder = holder
  }

  /** Notes the rules that somebody goes by from now on; `former` are those that he went by until now. */
  async register(rules: CompositeRules, former?: NotedRules): Promise<NotedRules> {
    const fingerprint = fingerprintOf(rules)
    await run(this.#pool, REGISTER, [fingerprint, JSON.stringify(rules), former?.fingerprint ?? null])
    return { fingerprint, maxStaleMs: rules.wanted.settings.maxStaleMs }
  }

  async look(
    scope: string,
    { minIntervalMs, rules }: Pick<CompositeBounds, 'minIntervalMs' | 'rules'>,
  ): Promise<CompositeLook> {
    const values = [scope, minIntervalMs, rules.fingerprint, rules.maxStaleMs, this.#holder, ALIVE_MS]
    const [row] = (await run<LookRow>(this.#pool, LOOK, values)).rows
    if (row === undefined) throw new Error('a look at what stands gives one row')
    return {
      asOf: Number(row.as_of),
      fence: Number(row.fence),
      waitMs: Number(row.wait_ms),
      ageMs: row.age_ms === null ? undefined : Number(row.age_ms),
      value: row.value,
      isSuperseded: row.superseded,
    }
  }

  /**
   * Removes what scopes have left that are none of these any more, a bounded number of results at a time, but for those of workers with newer
   * rules. Gives whether there was nothing to remove, nor to leave.
   */
  async forgetOthers(scopes: readonly string[], { fingerprint }: NotedRules): Promise<boolean> {
    const values = [scopes, fingerprint, this.#holder, ALIVE_MS]
    const { rows } = await run<{ tidy: boolean }>(this.#pool, FORGET, values)
    return rows[0]?.tidy === true
  }

  /** Removes rules that are neither among the newest nor those of what stands. */
  async forgetRules(): Promise<void> {
    await run(this.#pool, FORGET_RULES, [RULES_KEPT])
  }

  /** A refusal tells what stands instead, and when that may be replaced. */
  async store({ scope, fence, asOf, result }: CompositeRecord, bounds: CompositeBounds): Promise<StoreOutcome> {
    const { minIntervalMs, historyLimit, rules } = bounds
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
      rules.fingerprint,
      rules.maxStaleMs,
      ALIVE_MS,
    ]
    const { rowCount } = await run(this.#pool, STORE, values)
    return rowCount === 1 ? { kind: 'stored' } : { kind: 'refused', ...(await this.look(scope, bounds)) }
  }
}
