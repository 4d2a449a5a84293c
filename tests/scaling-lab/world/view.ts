import type { Pod } from './fleet.ts'

/** A stream as a look at one instant finds it. */
export interface StreamSight {
  readonly stream: string
  readonly arrived: number
  readonly undelivered: number
  readonly pending: number
  /** What Redis says of `undelivered`. */
  readonly lag: number | undefined
  /** When the oldest entry that is not done arrived, and the oldest that nobody was given; undefined when there is none. */
  readonly oldestSecond: number | undefined
  readonly nextSecond: number | undefined
}

/** What a scaler may see of a pipeline at one second. */
export interface View {
  readonly now: number
  /** Pods that work. */
  readonly ready: readonly Pod[]
  readonly owners: readonly (string | undefined)[]
  /** When an entry was done last. */
  readonly doneAt: number
  /** The streams at an instant within this second: also where nothing waits, some entries are on their way. */
  readonly look: () => readonly StreamSight[]
}
