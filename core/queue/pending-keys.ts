/** First first: what a person waits for, what comes with the work, and what a start brings up at once. */
const PRIORITIES = ['high', 'normal', 'low'] as const

export type Priority = (typeof PRIORITIES)[number]

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
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = {
    high: new Map(),
    normal: new Map(),
    low: new Map(),
  }
  readonly #inHand = new Map<string, TakenKey | undefined>()

  /** Keys that wait, those included that are to come again. */
  get depth(): number {
    let depth = 0
    for (const waiting of Object.values(this.#waiting)) depth += waiting.size
    for (const again of this.#inHand.values()) if (again !== undefined) depth += 1
    return depth
  }

  get inHand(): number {
    return this.#inHand.size
  }

  /** Since when the one that waits longest does; undefined when none does. */
  get oldestAddedAtMs(): number | undefined {
    let oldest: number | undefined
    for (const waiting of Object.values(this.#waiting))
      for (const addedAtMs of waiting.values()) oldest = Math.min(addedAtMs, oldest ?? addedAtMs)
    return oldest
  }

  add(key: string, priority: Priority, nowMs: number): void {
    if (this.#inHand.has(key)) {
      const again = this.#inHand.get(key)
      this.#inHand.set(key, { key, priority: higher(again?.priority, priority), addedAtMs: again?.addedAtMs ?? nowMs })
      return
    }
    const waitsAs = PRIORITIES.find((each) => this.#waiting[each].has(key))
    const urgency = higher(waitsAs, priority)
    if (urgency === waitsAs) return
    const since = waitsAs === undefined ? nowMs : this.#waiting[waitsAs].get(key)
    if (waitsAs !== undefined) this.#waiting[waitsAs].delete(key)
    this.#waiting[urgency].set(key, since ?? nowMs)
  }

  /** The next, to be given back by `done`. */
  take(): TakenKey | undefined {
    for (const priority of PRIORITIES) {
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
  return PRIORITIES.find((each) => each === one || each === other) ?? other
}
