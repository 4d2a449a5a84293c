/** What a person waits for goes first; what a start brings up at once goes when nothing else is to be done. */
export type Priority = 'high' | 'low'

export interface TakenKey {
  readonly key: string
  readonly priority: Priority
  /** Since when it waited, by the caller's clock. */
  readonly addedAtMs: number
}

/**
 * Keys that something is to be done about, each once however often it was added, and never one that somebody has in hand: it comes again
 * when they are done. In the order in which they were added, by priority.
 */
export class PendingKeys {
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = { high: new Map(), low: new Map() }
  readonly #inHand = new Map<string, TakenKey | undefined>()

  /** Keys that wait, those included that are to come again. */
  get depth(): number {
    let depth = this.#waiting.high.size + this.#waiting.low.size
    for (const again of this.#inHand.values()) if (again !== undefined) depth += 1
    return depth
  }

  get inHand(): number {
    return this.#inHand.size
  }

  /** Since when the one that waits longest does; undefined when none does. */
  get oldestAddedAtMs(): number | undefined {
    let oldest: number | undefined
    for (const waiting of [this.#waiting.high, this.#waiting.low])
      for (const addedAtMs of waiting.values()) oldest = Math.min(addedAtMs, oldest ?? addedAtMs)
    return oldest
  }

  add(key: string, priority: Priority, nowMs: number): void {
    if (this.#inHand.has(key)) {
      const again = this.#inHand.get(key)
      this.#inHand.set(key, { key, priority: higher(again?.priority, priority), addedAtMs: again?.addedAtMs ?? nowMs })
      return
    }
    const { high, low } = this.#waiting
    if (high.has(key)) return
    const since = low.get(key)
    if (priority === 'low') {
      if (since === undefined) low.set(key, nowMs)
      return
    }
    low.delete(key)
    high.set(key, since ?? nowMs)
  }

  /** The next, to be given back by `done`. */
  take(): TakenKey | undefined {
    for (const priority of ['high', 'low'] as const) {
      for (const [key, addedAtMs] of this.#waiting[priority]) {
        this.#waiting[priority].delete(key)
        this.#inHand.set(key, undefined)
        return { key, priority, addedAtMs }
      }
    }
    return undefined
  }

  done(key: string): void {
    const again = this.#inHand.get(key)
    this.#inHand.delete(key)
    if (again !== undefined) this.add(key, again.priority, again.addedAtMs)
  }
}

function higher(one: Priority | undefined, other: Priority): Priority {
  return one === 'high' || other === 'high' ? 'high' : 'low'
}
