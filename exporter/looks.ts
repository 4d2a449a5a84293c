import type { Unreachable } from '../core/signals/pipeline-signals.ts'
import { backoffMs } from '../core/time/backoff.ts'
import type { AlarmClock } from './alarm-clock.ts'

export interface LooksOptions<Seen> {
  readonly look: () => Promise<Seen>
  readonly everyMs: number
  /** When to look again already; asked after each look. Default: `everyMs`. */
  readonly againMs?: () => number
  /** Which those share whose looks are to begin in the same moments. */
  readonly alarms: AlarmClock
  readonly random: () => number
  readonly now: () => Date
  /** Says why a look failed, in a word without secrets. */
  readonly onFailure: (error: unknown) => string
  readonly onLook: (seconds: number) => void
}

export interface Look<Seen> {
  readonly at: Date
  readonly seen: Seen | Unreachable
}

/** Those who begin together do not all ask in the same moment. */
const FIRST_WITHIN_MS = 1_000

/** A server in trouble is asked less often, but never so seldom that its return goes unnoticed for long. */
const LONGEST_PAUSE_MS = 10_000

/** What was seen longer ago says nothing of now: a look that should have replaced it has not come to an end. */
const FRESH_FOR_MS = 60_000
const FRESH_FOR_LOOKS = 12

/** Looks at one thing again and again, each look after the other: whatever that takes, nobody else waits for it. */
export class Looks<Seen> {
  readonly #options: LooksOptions<Seen>
  #latest: Look<Seen> | undefined
  #ended = 0
  #failures = 0
  #endPause: () => void = () => undefined

  constructor(options: LooksOptions<Seen>) {
    this.#options = options
  }

  /** Undefined before the first look is over. */
  get latest(): Look<Seen> | undefined {
    const { everyMs, now } = this.#options
    if (this.#latest === undefined) return undefined
    const { at } = this.#latest
    const isFresh = now().getTime() - at.getTime() <= Math.max(FRESH_FOR_MS, FRESH_FOR_LOOKS * everyMs)
    return isFresh
      ? this.#latest
      : { at, seen: { unreachable: `no look has come to an end since ${at.toISOString()}` } }
  }

  /** How many have come to an end. */
  get ended(): number {
    return this.#ended
  }

  /** Ends the pause between two looks, if there is one. */
  hurry(): void {
    this.#endPause()
  }

  async run(stop: AbortSignal): Promise<void> {
    const { everyMs, random } = this.#options
    stop.addEventListener('abort', () => this.hurry(), { once: true })
    await this.#rest(random() * Math.min(everyMs, FIRST_WITHIN_MS))
    while (!stop.aborted) {
      const latest = await this.#look(stop)
      if (latest === undefined) return
      this.#latest = latest
      this.#ended += 1
      if (!stop.aborted) await this.#rest(this.#pauseMs())
    }
  }

  /** Undefined where it was cut off. */
  async #look(stop: AbortSignal): Promise<Look<Seen> | undefined> {
    const { look, now, onFailure, onLook } = this.#options
    const [at, startedAt] = [now(), performance.now()]
    try {
      const seen = await look()
      this.#failures = 0
      return { at, seen }
    } catch (error) {
      if (stop.aborted) return undefined
      this.#failures += 1
      return { at, seen: { unreachable: onFailure(error) } }
    } finally {
      onLook((performance.now() - startedAt) / 1_000)
    }
  }

  #rest(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.alarms.ringIn(ms, resolve)
    this.#endPause = () => {
      cancel()
      resolve()
    }
    return promise
  }

  #pauseMs(): number {
    const { random, everyMs: usualMs, againMs = () => usualMs } = this.#options
    const everyMs = againMs()
    if (this.#failures === 0) return everyMs * (0.9 + 0.2 * random())
    const maxMs = Math.max(everyMs, LONGEST_PAUSE_MS)
    return Math.max(everyMs, backoffMs(this.#failures, random(), { firstMs: everyMs, maxMs }))
  }
}
