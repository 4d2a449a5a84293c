import type { Awaited, Fiber, Routine } from './fiber.ts'

/** What ends waits before their time, as an `AbortSignal` does. */
export class Signal {
  isAborted: boolean
  readonly #listeners = new Set<() => void>()

  constructor(isAborted = false) {
    this.isAborted = isAborted
  }

  abort(): void {
    this.isAborted = true
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  follow(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Waits for something that the signal can end by calling `end`. */
  *ends<T>(end: () => void, waiting: Routine<T>): Routine<T> {
    this.#listeners.add(end)
    try {
      return yield* waiting
    } finally {
      this.#listeners.delete(end)
    }
  }
}

class Pause implements Awaited {
  readonly #ms: number
  #fiber: Fiber | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  awaitedBy(fiber: Fiber): void {
    this.#fiber = fiber
    fiber.wake(this.#ms)
  }

  end(): void {
    this.#fiber?.wake()
  }
}

/** Waits, or less when the signal is aborted. */
export function* wait(ms: number, signal: Signal): Routine {
  if (signal.isAborted) return
  const pause = new Pause(ms)
  yield* signal.ends(() => pause.end(), until(pause))
}

/** Waits for something that wakes. */
export function* until(awaited: Awaited): Routine {
  yield awaited
}
