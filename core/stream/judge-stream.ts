import { compareEntryIds } from './entry-id.ts'

/** A stream and one consumer group on it, as a server tells them at one instant. */
export interface StreamObservation {
  readonly lastGeneratedId: string
  /** Entries that the stream holds. */
  readonly length: number
  /** Undefined where the group is missing. */
  readonly group: { readonly lastDeliveredId: string; readonly lag: number | undefined } | undefined
}

export type StreamFault =
  /** The stream's newest id is behind what was committed: the server lost entries, by a failover or a restart. */
  | { readonly kind: 'stream-regressed'; readonly detail: string }
  /** Entries left the stream before anybody was given them. */
  | { readonly kind: 'entries-trimmed'; readonly detail: string; readonly entries: number }

/** What is wrong with a stream that has been committed up to `committed`; undefined when nothing is. */
export function judgeStream(seen: StreamObservation, committed: string): StreamFault | undefined {
  const { lastGeneratedId, length, group } = seen
  if (compareEntryIds(lastGeneratedId, committed) < 0) {
    const detail = `the stream ends at ${lastGeneratedId}, and was committed up to ${committed}`
    return { kind: 'stream-regressed', detail }
  }
  // An undelivered entry is in the stream, or it is gone: more undelivered ones than there are entries at all have been trimmed.
  const lost = (group?.lag ?? 0) - length
  if (lost <= 0) return undefined
  const detail = `at least ${lost} entries were removed after ${group?.lastDeliveredId} before any worker was given them`
  return { kind: 'entries-trimmed', detail, entries: lost }
}
