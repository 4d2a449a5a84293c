/**
 * What a worker does next with its streams: own pending entries first, for they come before whatever is new; from time to time a look back
 * for entries that nobody holds; new ones otherwise. A worker that has no stream to read would not learn that it could read again, so where
 * its last try failed it probes.
 */
export type Reading = 'own-pending' | 'look-back' | 'new' | 'probe' | 'nothing'

export interface ReadingState {
  /** How many streams may be read at this moment. */
  readonly readable: number
  readonly hasUnreadPending: boolean
  readonly nextLookBackAt: number
  /** Since when trying fails; undefined where the last try worked. */
  readonly failingSince: number | undefined
}

export function decideReading(state: ReadingState, now: number): Reading {
  if (state.readable === 0) return state.failingSince === undefined ? 'nothing' : 'probe'
  if (state.hasUnreadPending) return 'own-pending'
  return now < state.nextLookBackAt ? 'new' : 'look-back'
}

/** Whether a reading that did not fail shows that streams can be read: to see that nothing is pending takes no more than a look. */
export function provesReach(reading: Reading, entries: number): boolean {
  return reading === 'new' || reading === 'probe' || entries > 0
}

/** How long reading may fail before a worker counts as out of reach of its streams: a partition, a server that is gone. */
const TOLERATED_FAILURE_MS = 2_000

/** Whether the streams can be read at all. */
export function isWithinReach(failingSince: number | undefined, now: number): boolean {
  return failingSince === undefined || now - failingSince < TOLERATED_FAILURE_MS
}
