import { compareEntryIds, entryTime } from '../stream/entry-id.ts'
import type { BacklogIs } from './pipeline-signals.ts'
import type { SeenStream, StreamLook } from './stream-look.ts'

export interface Undelivered {
  /** Null where nobody can know it. */
  readonly entries: number | null
  readonly is: BacklogIs
}

/** To count this many takes a server 2 ms, in which it does nothing else. */
export const COUNTED_UP_TO = 1_000

/**
 * Of which streams the undelivered entries are counted: those of which the server says nothing (`unknown`), these and those that may have few
 * (`doubtful`), or all. Never of one whose ids tell.
 */
export type Counting = 'unknown' | 'doubtful' | 'all'

/** Whether only a count can tell how many entries of a stream were not delivered. */
export function shouldCount({ seen }: StreamLook, counting: Counting, upTo: number): boolean {
  if (seen?.group === undefined || byIds(seen) !== undefined) return false
  const { lag } = seen.group
  return counting === 'all' || lag === undefined || (counting === 'doubtful' && lag <= upTo)
}

/**
 * How many entries of a stream the group was not given: by ids where these tell, for they cannot lie; else by what was counted; else by the
 * server's word. A group that is not there yet begins where the pipeline says; one that was there and is gone may have had any.
 */
export function judgeUndelivered(seen: SeenStream, startFrom: 'Earliest' | 'Latest'): Undelivered {
  const { length, group } = seen
  if (length === 0) return { entries: 0, is: 'exact' }
  if (group === undefined)
    return startFrom === 'Earliest' ? { entries: length, is: 'exact' } : { entries: null, is: 'estimated' }
  const { lag, counted } = group
  const known = byIds(seen) ?? (counted?.isAll === true ? counted.entries : undefined)
  if (known !== undefined) return { entries: known, is: 'exact' }
  if (counted !== undefined)
    return { entries: between(counted.entries, lag ?? byTime(seen, group), length), is: 'at-least' }
  return { entries: lag === undefined ? null : between(1, lag, length), is: 'estimated' }
}

/** That there is none after the last delivered one, or that none of those that are here was delivered; undefined in between. */
function byIds({ firstId, group, length }: SeenStream): number | undefined {
  if (group?.nextId === undefined || firstId === undefined) return 0
  return compareEntryIds(group.lastDeliveredId, firstId) < 0 ? length : undefined
}

/** As if entries had come at an even pace: that share of them which the time since the last delivered one has in the time of all. */
function byTime({ length, firstId, lastId }: SeenStream, { lastDeliveredId }: { readonly lastDeliveredId: string }) {
  const [first, last] = [entryTime(firstId ?? lastId), entryTime(lastId)]
  return last === first ? length : Math.round((length * (last - entryTime(lastDeliveredId))) / (last - first))
}

function between(least: number, said: number, most: number): number {
  return Math.max(least, Math.min(said, most))
}
