import { wait } from '../process/wait.ts'
import type { KubernetesConnection } from './connection.ts'

const EVERY_MS = 1_000
const TIMEOUT_MS = 2_000

/**
 * Tells that the API server works again, to whoever waits because it did not: nobody has to ask often in order to notice early. One small
 * request a second, and only while somebody waits.
 */
export class Recovery {
  readonly #connection: KubernetesConnection
  readonly #waiting = new Set<() => void>()
  #asking = false

  constructor(connection: KubernetesConnection) {
    this.#connection = connection
  }

  /** Waits for so long, or less: until the server was seen to fail and then to answer, or the signal is aborted. */
  async waitAtMost(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const wake = () => over.abort()
    this.#waiting.add(wake)
    if (!this.#asking) void this.#ask()
    await wait(ms, AbortSignal.any([signal, over.signal]))
    this.#waiting.delete(wake)
  }

  /** Never throws. */
  async #ask(): Promise<void> {
    this.#asking = true
    for (let failed = false; this.#waiting.size > 0; ) {
      await wait(EVERY_MS, NEVER)
      if (this.#waiting.size === 0) break
      const answers = await this.#answers()
      if (answers && failed) for (const wake of this.#waiting) wake()
      failed = !answers
    }
    this.#asking = false
  }

  async #answers(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const { statusCode, body } = await this.#connection.request({ method: 'GET', path: '/readyz', signal })
      await body.dump()
      return statusCode < 500
    } catch {
      return false
    }
  }
}

const NEVER = new AbortController().signal
