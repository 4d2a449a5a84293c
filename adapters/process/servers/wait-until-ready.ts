import { setTimeout as delay } from 'node:timers/promises'
import type { GuardedProcess } from './guarded-process.ts'
import { ServerError } from './server-error.ts'

const START_DEADLINE_MS = 60_000
const POLL_MS = 25

/** Asks until the server answers, and stops it when it does not in time. Throws what it said when it ended instead. */
export async function waitUntilReady<T>(
  name: string,
  server: GuardedProcess,
  ask: () => Promise<T | undefined>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const deadline = performance.now() + START_DEADLINE_MS
  try {
    while (true) {
      const answer = await ask()
      if (answer !== undefined) return answer
      if (!server.running) throw new ServerError('did-not-start', `${name} ended while it started:\n${server.tail}`)
      if (performance.now() > deadline) {
        throw new ServerError(
          'did-not-start',
          `${name} gave no answer within ${START_DEADLINE_MS / 1000} s:\n${server.tail}`,
        )
      }
      await delay(POLL_MS, undefined, { ...(signal !== undefined && { signal }) })
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
