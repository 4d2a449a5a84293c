import { PendingKeys, type Priority, type TakenKey } from '../../core/queue/pending-keys.ts'
import { backoffMs } from '../../core/time/backoff.ts'

/** Look at it again after this time, if nothing brings it up before. */
export type Requeue = { readonly afterMs: number } | undefined

/** One pass over one key, however it ended. For metrics. */
export interface PassSeen {
  readonly key: string
  readonly outcome: 'done' | 'failed'
  readonly seconds: number
  /** From when it was added to when it was taken. */
  readonly waitedSeconds: number
}

export interface WorkQueueOptions {
  /**
   * Told which key, never why. Throws to have it again later, later each time; with `retryAfterMs` on the error, not before that. The signal
   * is aborted when the time to finish after a stop is over.
   */
  readonly handle: (key: string, giveUp: AbortSignal) => Promise<Requeue>
  readonly concurrency: number
  /** Between a stop and the end. */
  readonly finishMs?: number
  readonly onPass?: (seen: PassSeen) => void
  readonly onFailure: (key: string, error: unknown, retryInMs: number) => void
}

const BACKOFF = { firstMs: 5, maxMs: 16 * 60_000 }

/** Less than what Kubernetes gives a pod to end. */
const FINISH_MS = 20_000

/** Keys to be handled, one handler a key at a time. A key that fails comes again by itself, and is in no other key's way. */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #pending = new PendingKeys()
  readonly #later = new Map<string, { readonly dueAt: number; readonly timer: NodeJS.Timeout }>()
  readonly #failures = new Map<string, number>()
  #wake = Promise.withResolvers<void>()

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Keys that wait to be taken now. */
  get depth(): number {
    return this.#pending.depth
  }

  get inHand(): number {
    return this.#pending.inHand
  }

  /** Keys that failed and wait for another try. */
  get failing(): number {
    return this.#failures.size
  }

  /** How long the key that waits longest has waited. */
  get oldestAgeSeconds(): number {
    const addedAt = this.#pending.oldestAddedAtMs
    return addedAt === undefined ? 0 : (performance.now() - addedAt) / 1_000
  }

  add(key: string, priority: Priority = 'normal'): void {
    this.#pending.add(key, priority, performance.now())
    this.#wake.resolve()
  }

  /** At that time, or before when the key was to come earlier anyway. */
  addAfter(key: string, ms: number, priority: Priority = 'normal'): void {
    const dueAt = performance.now() + ms
    const planned = this.#later.get(key)
    if (planned !== undefined && planned.dueAt <= dueAt) return
    clearTimeout(planned?.timer)
    const timer = setTimeout(() => {
      this.#later.delete(key)
      this.add(key, priority)
    }, ms)
    this.#later.set(key, { dueAt, timer })
  }

  /** Until stopped, and what is in hand then is finished, or the time to finish is over. What waits is not begun. */
  async run(stop: AbortSignal): Promise<void> {
    const giveUp = new AbortController()
    const onStop = () => this.#wake.resolve()
    stop.addEventListener('abort', onStop)
    const running = new Set<Promise<void>>()
    while (!stop.aborted) {
      const taken = running.size < this.#options.concurrency ? this.#pending.take() : undefined
      if (taken === undefined) {
        await this.#wake.promise
        this.#wake = Promise.withResolvers()
        continue
      }
      const pass = this.#pass(taken, giveUp.signal)
      running.add(pass)
      void pass.then(() => {
        running.delete(pass)
        this.#wake.resolve()
      })
    }
    stop.removeEventListener('abort', onStop)
    const overdue = Promise.withResolvers<void>()
    const limit = setTimeout(() => {
      giveUp.abort(new Error('the time to finish is over'))
      overdue.resolve()
    }, this.#options.finishMs ?? FINISH_MS)
    await Promise.race([Promise.all(running), overdue.promise])
    clearTimeout(limit)
    for (const { timer } of this.#later.values()) clearTimeout(timer)
    this.#later.clear()
  }

  /** Never throws. */
  async #pass({ key, priority, addedAtMs }: TakenKey, giveUp: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    this.#forgetLater(key)
    let outcome: PassSeen['outcome'] = 'done'
    try {
      const requeue = await this.#options.handle(key, giveUp)
      this.#failures.delete(key)
      if (requeue !== undefined) this.addAfter(key, requeue.afterMs, 'low')
    } catch (error) {
      outcome = 'failed'
      this.#retry(key, error, priority)
    }
    this.#pending.done(key)
    const seconds = (performance.now() - startedAt) / 1_000
    this.#options.onPass?.({ key, outcome, seconds, waitedSeconds: (startedAt - addedAtMs) / 1_000 })
  }

  #retry(key: string, error: unknown, priority: Priority): void {
    const attempt = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, attempt)
    const retryInMs = Math.max(backoffMs(attempt, Math.random(), BACKOFF), retryAfterOf(error))
    this.addAfter(key, retryInMs, priority)
    this.#options.onFailure(key, error, retryInMs)
  }

  /** The pass that begins decides anew when the next one is due. */
  #forgetLater(key: string): void {
    clearTimeout(this.#later.get(key)?.timer)
    this.#later.delete(key)
  }
}

function retryAfterOf(error: unknown): number {
  const retryAfterMs = error instanceof Error && 'retryAfterMs' in error ? error.retryAfterMs : undefined
  return typeof retryAfterMs === 'number' ? retryAfterMs : 0
}
