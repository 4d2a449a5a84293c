import { compareEntryIds, entryTime } from '../stream/entry-id.ts'
import { MICROS_PER_MILLISECOND } from '../time/instant.ts'
import type { BacklogIs, SourceSignals, StreamSignals } from './pipeline-signals.ts'

/** A stream and the pipeline's consumer group on it, as their server showed them at one instant. */
export interface StreamLook {
  readonly stream: string
  /** Undefined where there is no such stream. */
  readonly seen:
    | {
        /** Milliseconds, by the server's clock. */
        readonly now: number
        readonly length: number
        /** Entries that it ever took; undefined where the server does not count them. */
        readonly entriesAdded: number | undefined
        /** Of the entries that it holds; undefined when there are none. */
        readonly firstId: string | undefined
        readonly group: GroupLook | undefined
      }
    | undefined
}

export interface GroupLook {
  readonly lastDeliveredId: string
  /** What the server says of it: often nothing, and at times too much or too little. */
  readonly lag: number | undefined
  readonly pending: number
  readonly oldestPendingId: string | undefined
  /** The first entry that was not delivered; undefined when all were. */
  readonly nextId: string | undefined
}

/** What waits in a pipeline's streams. */
export function sourceSignals(looks: readonly StreamLook[], startFrom: 'Earliest' | 'Latest'): SourceSignals {
  const streams = looks.map((look) => streamSignals(look, startFrom))
  const ages = looks.flatMap((look) => oldestAgeMs(look, startFrom) ?? [])
  return {
    backlog: streams.reduce<number | null>(
      (sum, { backlog }) => (backlog === null || sum === null ? null : sum + backlog),
      0,
    ),
    backlogIs: weakest(streams.map(({ backlogIs }) => backlogIs)),
    pending: streams.reduce((sum, { pending }) => sum + pending, 0),
    oldestEventAgeMs: ages.length === 0 ? null : Math.max(...ages),
    isDrained: looks.every(isDrained),
    streams,
  }
}

const FROM_WEAKEST: readonly BacklogIs[] = ['estimated', 'at-least', 'exact']

function weakest(all: readonly BacklogIs[]): BacklogIs {
  return FROM_WEAKEST.find((each) => all.includes(each)) ?? 'exact'
}

function isDrained({ seen }: StreamLook): boolean {
  if (seen === undefined || seen.length === 0) return (seen?.group?.pending ?? 0) === 0
  return seen.group !== undefined && seen.group.nextId === undefined && seen.group.pending === 0
}

function streamSignals({ stream, seen }: StreamLook, startFrom: 'Earliest' | 'Latest'): StreamSignals {
  if (seen === undefined)
    return { stream, backlog: 0, backlogIs: 'exact', pending: 0, length: 0, entriesAdded: 0, state: 'missing' }
  const { length, group } = seen
  const { undelivered, backlogIs } = undeliveredIn(seen, startFrom)
  return {
    stream,
    backlog: undelivered === null ? null : undelivered + (group?.pending ?? 0),
    backlogIs,
    pending: group?.pending ?? 0,
    length,
    entriesAdded: seen.entriesAdded ?? null,
    state: group === undefined ? 'no-group' : 'ok',
  }
}

interface Undelivered {
  readonly undelivered: number | null
  readonly backlogIs: BacklogIs
}

/** Ids cannot lie, so they come before the server's own number; null where only that is left, and missing. */
function undeliveredIn(
  { length, firstId, group }: NonNullable<StreamLook['seen']>,
  startFrom: 'Earliest' | 'Latest',
): Undelivered {
  const exactly = (undelivered: number): Undelivered => ({ undelivered, backlogIs: 'exact' })
  if (firstId === undefined) return exactly(0)
  // A group that is made now begins where the pipeline says; one that was there and is gone is made again at the stream's beginning.
  if (group === undefined)
    return startFrom === 'Earliest' ? exactly(length) : { undelivered: null, backlogIs: 'estimated' }
  const { lastDeliveredId, lag, nextId } = group
  if (nextId === undefined) return exactly(0)
  if (compareEntryIds(lastDeliveredId, firstId) < 0) return exactly(length) // nothing of what is here was delivered
  return { undelivered: lag === undefined ? null : Math.min(Math.max(1, lag), length), backlogIs: 'estimated' }
}

function oldestAgeMs({ seen }: StreamLook, startFrom: 'Earliest' | 'Latest'): number | undefined {
  if (seen === undefined) return undefined
  const { now, firstId, group } = seen
  const waiting =
    group === undefined ? (startFrom === 'Earliest' ? [firstId] : []) : [group.oldestPendingId, group.nextId]
  const times = waiting.flatMap((id) => (id === undefined ? [] : entryTime(id) / MICROS_PER_MILLISECOND))
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}
