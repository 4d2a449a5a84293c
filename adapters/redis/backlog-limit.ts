import { readBacklog } from './read-backlog.ts'
import type { RedisClient } from './redis-client.ts'

export interface BacklogLimitOptions {
  readonly group: string
  readonly streams: readonly string[]
  /** Entries, in any one of the streams, that may wait for the group. */
  readonly maxBacklog: number
  /** How long a caller is held up before it is told. */
  readonly patienceMs: number
}

/** More entries wait than the producer was told to allow, and nobody reads them: the caller decides what becomes of its events. */
export class BacklogFullError extends Error {
  constructor(stream: string, waiting: number, { maxBacklog, patienceMs }: BacklogLimitOptions) {
    super(
      `${waiting} entries of ${stream} wait to be read, more than the ${maxBacklog} allowed, and did so for ${patienceMs / 1_000} s; ` +
        'see that the workers run, or raise maxBacklog',
    )
    this.name = 'BacklogFullError'
  }
}

const LOOK_EVERY_MS = 500

/** Holds publishing up while too many entries wait, so that a stream nobody reads does not fill the server's memory. */
export class BacklogLimit {
  readonly #client: RedisClient
  readonly #options: BacklogLimitOptions
  #nextLookAt = 0

  constructor(client: RedisClient, options: BacklogLimitOptions) {
    this.#client = client
    this.#options = options
  }

  /** Resolves while there is room. Looks at most twice a second. Throws `BacklogFullError`. */
  async room(): Promise<void> {
    if (performance.now() < this.#nextLookAt) return
    const { maxBacklog, patienceMs } = this.#options
    for (const deadline = performance.now() + patienceMs; ; ) {
      const { stream, waiting } = await this.#fullest()
      if (waiting <= maxBacklog) break
      if (performance.now() >= deadline) throw new BacklogFullError(stream, waiting, this.#options)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    this.#nextLookAt = performance.now() + LOOK_EVERY_MS
  }

  /** Where the server does not know how many entries are undelivered, all that the stream holds may be. */
  async #fullest(): Promise<{ readonly stream: string; readonly waiting: number }> {
    const { group, streams } = this.#options
    const backlogs = await readBacklog(this.#client, group, streams)
    return backlogs
      .map(({ stream, length, lag, pending }) => ({ stream, waiting: lag === undefined ? length : lag + pending }))
      .reduce((most, each) => (each.waiting > most.waiting ? each : most), { stream: '', waiting: 0 })
  }
}
