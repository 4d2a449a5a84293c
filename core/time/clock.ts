import type { Instant } from './instant.ts'

/** The only way anything learns the time. */
export interface Clock {
  /** Wall clock; may step. For comparing with instants in data. */
  now(): Instant
  /** Milliseconds from an arbitrary start; never steps. For durations. */
  monotonicMs(): number
}
