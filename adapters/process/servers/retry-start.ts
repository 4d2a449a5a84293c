import { setTimeout as delay } from 'node:timers/promises'
import { ServerError } from './server-error.ts'

const GIVE_UP_AFTER_MS = 10_000
const PAUSE_MS = 200

/** What passes by itself: a port taken between its choice and its use, and sessions that outlive a killed PostgreSQL for a moment. */
const PASSING = /address already in use|pre-existing shared memory block/i

/** Runs `start` again while it fails for a reason that passes. */
export async function retryStart<T>(start: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS
  while (true) {
    try {
      return await start()
    } catch (error) {
      const passes = error instanceof ServerError && error.code === 'did-not-start' && PASSING.test(error.message)
      if (!passes || performance.now() > deadline) throw error
      await delay(PAUSE_MS)
    }
  }
}
