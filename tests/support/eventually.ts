import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 25

/** Far beyond what anything here takes: a deadline is for what never comes, not for what is slow. */
const WITHIN_MS = 30_000

/** Asks again until the assertion holds, and gives its result. At the deadline it throws what the assertion said last. */
export async function eventually<T>(assertion: () => T | Promise<T>, { withinMs = WITHIN_MS } = {}): Promise<T> {
  for (const deadline = performance.now() + withinMs; ; ) {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await delay(POLL_MS)
    }
  }
}
