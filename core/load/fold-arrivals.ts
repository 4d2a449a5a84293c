import type { StreamSignals } from '../signals/pipeline-signals.ts'
import { smooth } from './smooth.ts'

export interface ArrivalsMemory {
  /** Undefined before the streams were seen for the first time, and where their server does not count. */
  readonly counted: { readonly atMs: number; readonly byStream: Readonly<Record<string, number>> } | undefined
  /** Entries per second over a short and over a longer time; null before the second look. */
  readonly quick: number | null
  readonly slow: number | null
}

export interface Arrivals {
  readonly memory: ArrivalsMemory
  readonly perSecond: number | null
}

export const NO_ARRIVALS: ArrivalsMemory = { counted: undefined, quick: null, slow: null }

const QUICK_MS = 10_000
const SLOW_MS = 30_000

/**
 * How many entries a second producers add, by how far the streams' counters went up: at once when there are more, slowly when there are fewer.
 * Unknown (null) after the first look, and for one look where a counter is less than before: the stream is another one, or its server is.
 */
export function foldArrivals(
  memory: ArrivalsMemory,
  streams: readonly Pick<StreamSignals, 'stream' | 'entriesAdded'>[],
  nowMs: number,
): Arrivals {
  const { counted, quick, slow } = memory
  const byStream =
    counted !== undefined && isAsCounted(counted.byStream, streams) ? counted.byStream : countersOf(streams)
  if (byStream === undefined) return { memory: NO_ARRIVALS, perSecond: null }
  const now = { atMs: nowMs, byStream }
  const added = counted && (counted.byStream === byStream ? 0 : addedSince(counted.byStream, byStream))
  if (counted === undefined || added === undefined) return { memory: { ...memory, counted: now }, perSecond: null }
  const sinceMs = nowMs - counted.atMs
  if (sinceMs <= 0) return { memory, perSecond: greater(memory) }
  const sample = (added / sinceMs) * 1_000
  const folded = {
    counted: now,
    quick: smooth(quick, sample, { sinceMs, overMs: QUICK_MS }),
    slow: smooth(slow, sample, { sinceMs, overMs: SLOW_MS }),
  }
  return { memory: folded, perSecond: greater(folded) }
}

function greater({ quick, slow }: ArrivalsMemory): number | null {
  return quick === null || slow === null ? null : Math.max(quick, slow)
}

/** Where nothing came nothing new is kept: of a thousand pipelines hardly any is busy. */
function isAsCounted(byStream: Readonly<Record<string, number>>, streams: Parameters<typeof foldArrivals>[1]): boolean {
  return (
    streams.length === Object.keys(byStream).length &&
    streams.every(({ stream, entriesAdded }) => byStream[stream] === entriesAdded)
  )
}

function countersOf(streams: Parameters<typeof foldArrivals>[1]): Readonly<Record<string, number>> | undefined {
  const counters = streams.map(({ stream, entriesAdded }) => [stream, entriesAdded] as const)
  return counters.every((each): each is readonly [string, number] => each[1] !== null)
    ? Object.fromEntries(counters)
    : undefined
}

/** Undefined where a counter began anew. */
function addedSince(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): number | undefined {
  const grown = Object.entries(now).map(([stream, counter]) => counter - (before[stream] ?? counter))
  return grown.every((each) => each >= 0) ? grown.reduce((sum, each) => sum + each, 0) : undefined
}
