import type { Routine } from '../world/fiber.ts'

/** What a request came to that did not come to a reply. Thrown as one of these, which are made once: a stack would cost more than the step. */
export class Trouble extends Error {
  /** As the worker judges errors of the database. */
  readonly kind: 'retry' | 'infrastructure'

  constructor(kind: Trouble['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

export const DEADLOCK = new Trouble('retry', 'deadlock detected')
export const LOCK_TIMEOUT = new Trouble('infrastructure', 'canceling statement due to lock timeout')
export const CONNECTION_LOST = new Trouble('infrastructure', 'connection lost')

/** Goes on when a request fails. */
export function* unlessTrouble(routine: Routine<unknown>): Routine {
  try {
    yield* routine
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
  }
}
