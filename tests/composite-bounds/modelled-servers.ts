import { type AbortCause, abort, begin, commit, type GateAsk, type GateState } from '../../core/composite/gate.ts'
import type { GateRules } from '../../core/composite/gate-rules.ts'

/** A server that does not answer. */
export class AwayError extends Error {}

/** How far back a copy of Redis may be when it takes over. */
const COPIES_KEPT_MS = 10_000

/** Redis with one gate, by core's own machine, and copies of it as they were a while ago. */
export class ModelledRedis {
  isAway = false
  /** How far its clock is ahead of true time. */
  clockMs = 5_000_000
  #state: GateState | undefined
  #copies: { readonly at: number; readonly state: GateState | undefined }[] = []
  readonly #now: () => number
  readonly #rules: GateRules

  constructor(now: () => number, rules: GateRules) {
    this.#now = now
    this.#rules = rules
  }

  /** Who has the lease, if anybody has. */
  get holder(): string | undefined {
    return this.#state?.held?.token
  }

  begin(ask: GateAsk): ReturnType<typeof begin> {
    const begun = begin(this.#state, ask, this.#rules, this.#clock())
    this.#keep(begun.state)
    return begun
  }

  commit(token: string, fence: number): void {
    this.#keep(commit(this.#state, { token, fence }, this.#clock()).state)
  }

  abort(token: string, cause: AbortCause): void {
    this.#keep(abort(this.#state, token, cause, this.#clock()).state)
  }

  flush(): void {
    this.#keep(undefined)
  }

  /** A copy takes over that is behind by so much, and has a clock of its own. */
  failOver(behindMs: number, clockOffMs: number): void {
    const copy = this.#copies.findLast(({ at }) => at <= this.#now() - behindMs)
    this.#state = copy?.state
    this.clockMs += clockOffMs
  }

  #clock(): number {
    if (this.isAway) throw new AwayError('Redis')
    return Math.floor(this.#now() + this.clockMs)
  }

  #keep(state: GateState | undefined): void {
    this.#state = state
    const now = this.#now()
    this.#copies.push({ at: now, state })
    const first = this.#copies.findLastIndex(({ at }) => at <= now - COPIES_KEPT_MS)
    if (first > 0) this.#copies = this.#copies.slice(first)
  }
}

export interface Standing {
  readonly fence: number
  readonly asOf: number
  readonly committedAt: number
}

/** What `store-composite.sql` and `look-at-composite.sql` do, for one scope. */
export class ModelledPostgres {
  isAway = false
  standing: Standing | undefined
  readonly #now: () => number
  readonly #minIntervalMs: number
  /** Told of each result that is stored, and of the one that it replaces. */
  readonly #onStored: (stored: Standing, former: Standing | undefined) => void

  constructor(
    now: () => number,
    minIntervalMs: number,
    onStored: (stored: Standing, former: Standing | undefined) => void,
  ) {
    this.#now = now
    this.#minIntervalMs = minIntervalMs
    this.#onStored = onStored
  }

  look(): { readonly asOf: number; readonly fence: number; readonly waitMs: number } {
    const asOf = this.#clock()
    const { standing } = this
    const waitMs =
      standing === undefined ? 0 : Math.max(0, Math.ceil(standing.committedAt + this.#minIntervalMs - asOf))
    return { asOf, fence: standing?.fence ?? 0, waitMs }
  }

  store(fence: number, asOf: number): boolean {
    const committedAt = this.#clock()
    const former = this.standing
    if (former !== undefined) {
      if (former.fence >= fence || former.asOf >= asOf) return false
      if (former.committedAt > committedAt - this.#minIntervalMs) return false
    }
    this.standing = { fence, asOf, committedAt }
    this.#onStored(this.standing, former)
    return true
  }

  #clock(): number {
    if (this.isAway) throw new AwayError('PostgreSQL')
    return this.#now()
  }
}
