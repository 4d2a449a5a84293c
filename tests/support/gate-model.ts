import type { AbortCause, GateAsk, GateOutcome } from '../../core/composite/gate.ts'
import { failurePauseMs, type GateRules } from '../../core/composite/gate-rules.ts'

interface Grant {
  readonly token: string
  readonly fence: number
  readonly at: number
  end?: {
    readonly at: number
    readonly how: 'committed' | 'failed' | 'refused'
    readonly waitMs: number
    readonly spareMs: number
  }
}

/**
 * What a gate has to answer, told from its whole history: nothing is folded into a state, so mistakes of a state machine are not repeated.
 * Only for a clock that never goes back.
 */
export class GateModel {
  readonly #rules: GateRules
  #grants: Grant[] = []
  #handedOver: { readonly at: number; readonly order: number; readonly events: number }[] = []
  #fences: number[] = []
  /** Tells what came before what within one millisecond. */
  #order = 0
  readonly #grantedIn = new Map<Grant, number>()

  constructor(rules: GateRules) {
    this.#rules = rules
  }

  forget(): void {
    this.#grants = []
    this.#handedOver = []
    this.#fences = []
  }

  begin(ask: GateAsk, now: number): GateOutcome {
    if (this.#fences.length === 0) {
      if (ask.seed === undefined) return { kind: 'uninitialised' }
      this.#fences.push(ask.seed)
    }
    this.#handedOver.push({ at: now, order: (this.#order += 1), events: ask.events })
    const running = this.#grants.at(-1)
    if (running !== undefined && running.end === undefined && now < running.at + this.#rules.leaseMs)
      return { kind: 'busy', waitMs: running.at + this.#rules.leaseMs - now }
    const dueAt = this.#dueAt(ask, now)
    if (dueAt === undefined) return { kind: 'early', waitMs: undefined }
    if (dueAt > now) return { kind: 'early', waitMs: dueAt - now }
    const grant: Grant = { token: ask.token, fence: Math.max(...this.#fences) + 1, at: now }
    this.#grants.push(grant)
    this.#grantedIn.set(grant, (this.#order += 1))
    this.#fences.push(grant.fence)
    return { kind: 'granted', fence: grant.fence }
  }

  commit(token: string, fence: number, now: number): boolean {
    return this.#end(token, (grant) => grant.fence === fence, { at: now, how: 'committed', waitMs: 0, spareMs: 0 })
  }

  abort(token: string, cause: AbortCause, now: number): boolean {
    if (cause.kind === 'failed') {
      const waitMs = failurePauseMs(this.#failuresInARow.length + 1)
      return this.#end(token, () => true, { at: now, how: 'failed', waitMs, spareMs: cause.spareMs })
    }
    const ended = this.#end(token, () => true, { at: now, how: 'refused', waitMs: cause.waitMs, spareMs: 0 })
    if (ended) this.#fences.push(cause.fence)
    return ended
  }

  #end(token: string, isMeant: (grant: Grant) => boolean, end: NonNullable<Grant['end']>): boolean {
    const last = this.#grants.at(-1)
    if (last === undefined || last.end !== undefined || last.token !== token || !isMeant(last)) return false
    last.end = end
    return true
  }

  get #committed(): Grant | undefined {
    return this.#grants.findLast(({ end }) => end?.how === 'committed')
  }

  /** Those since the last commit. Refusals and deaths are none, and end no row. */
  get #failuresInARow(): readonly NonNullable<Grant['end']>[] {
    const since = this.#committed === undefined ? 0 : this.#grants.indexOf(this.#committed)
    return this.#grants.slice(since).flatMap(({ end }) => (end?.how === 'failed' ? [end] : []))
  }

  #dueAt({ isLast }: GateAsk, now: number): number | undefined {
    const { strategy, minIntervalMs, staleAfterMs, eventThreshold } = this.#rules
    const committed = this.#committed
    const pauses = this.#grants.map(({ end }) => (end?.how === 'committed' ? 0 : (end?.at ?? 0) + (end?.waitMs ?? 0)))
    const lastPause = this.#grants.findLast(({ end }) => end !== undefined)
    const heldUntil = Math.max(
      (committed?.end?.at ?? Number.NEGATIVE_INFINITY) + minIntervalMs,
      lastPause === undefined ? 0 : (pauses[this.#grants.indexOf(lastPause)] as number),
    )
    const since = committed === undefined ? -1 : (this.#grantedIn.get(committed) as number)
    const events = this.#handedOver.filter(({ order }) => order > since).reduce((sum, each) => sum + each.events, 0)
    if (isLast || committed === undefined) return Math.max(heldUntil, now)
    const sparedUntil = Math.max(now, ...this.#failuresInARow.map(({ at, spareMs }) => at + spareMs))
    const byEvents = events >= eventThreshold ? sparedUntil : undefined
    switch (strategy) {
      case 'EventBased':
        return byEvents === undefined ? undefined : Math.max(heldUntil, byEvents)
      case 'TimeBased':
        return Math.max(heldUntil, now)
      case 'Hybrid':
        return Math.max(heldUntil, Math.min(byEvents ?? Number.POSITIVE_INFINITY, committed.at + staleAfterMs), now)
      case 'Background':
        return Math.max(heldUntil, (Math.floor(committed.at / staleAfterMs) + 1) * staleAfterMs, now)
    }
  }
}
