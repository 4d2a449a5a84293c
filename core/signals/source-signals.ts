import { entryTime } from '../stream/entry-id.ts'
import { MICROS_PER_MILLISECOND } from '../time/instant.ts'
import type { BacklogIs, SourceSignals, StreamSignals } from './pipeline-signals.ts'
import type { StreamLook } from './stream-look.ts'
import { judgeUndelivered } from './undelivered.ts'

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

/** The same so much later, when nothing was added and nothing was taken. */
export function olderBy(signals: SourceSignals, ms: number): SourceSignals {
  const { oldestEventAgeMs } = signals
  return oldestEventAgeMs === null ? signals : { ...signals, oldestEventAgeMs: oldestEventAgeMs + Math.round(ms) }
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
  const { entries, is } = judgeUndelivered(seen, startFrom)
  const pending = group?.pending ?? 0
  return {
    stream,
    backlog: entries === null ? null : entries + pending,
    backlogIs: is,
    pending,
    length,
    entriesAdded: seen.entriesAdded ?? null,
    state: group === undefined ? 'no-group' : 'ok',
  }
}

function oldestAgeMs({ seen }: StreamLook, startFrom: 'Earliest' | 'Latest'): number | undefined {
  if (seen === undefined) return undefined
  const { now, firstId, group } = seen
  const waiting =
    group === undefined ? (startFrom === 'Earliest' ? [firstId] : []) : [group.oldestPendingId, group.nextId]
  const times = waiting.flatMap((id) => (id === undefined ? [] : entryTime(id) / MICROS_PER_MILLISECOND))
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}
