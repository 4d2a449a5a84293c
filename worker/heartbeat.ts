import { type MemberStore, type Slice, WHOLE } from '../adapters/postgres/member-store.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { WorkMeter } from './work-meter.ts'

export interface HeartbeatOptions {
  readonly members: MemberStore
  readonly meter: WorkMeter
  readonly log: Logger
}

const BEAT_EVERY_MS = 1_000

/**
 * Says every second that the worker is alive and what it has done so far, whatever else it is at, until it is about to leave. A beat that
 * fails means a database that cannot be reached: what a worker waits for then is no work, so its counts begin anew, as those of another process.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #slice = WHOLE
  #beginsAnew = true

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Which part of the evaluations is this worker's, as it last learned. */
  get slice(): Slice {
    return this.#slice
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#beat()
      await wait(BEAT_EVERY_MS, stop)
    }
  }

  async #beat(): Promise<void> {
    const { members, meter, log } = this.#options
    try {
      this.#slice = await members.beat(meter.read(), this.#beginsAnew)
      this.#beginsAnew = false
    } catch (error) {
      meter.beginAnew()
      this.#beginsAnew = true
      log.warn({ error }, 'no sign of life could be given')
    }
  }
}
