import { type CumulativeHistogram, quantileBetween } from '../numbers/histogram.ts'
import type { Freshness } from './top-facts.ts'
import type { WorkerReading } from './worker-reading.ts'

/** What all workers together have done from the first look on. */
interface Tally {
  readonly atMs: number
  readonly done: number
  readonly freshness: CumulativeHistogram
}

/** What is kept from one look at the workers to the next. */
export interface ReadingMemory {
  /** What each said last, by its name; also of those that do not answer any more. */
  readonly said: ReadonlyMap<string, WorkerReading>
  /** Entries a second that each was done with from the look before on. */
  readonly perSecond: ReadonlyMap<string, number>
  /** The oldest first. */
  readonly tallies: readonly Tally[]
}

export const NOTHING_READ: ReadingMemory = { said: new Map(), perSecond: new Map(), tallies: [] }

/** For how long freshness is looked back. */
const LOOK_BACK_MS = 60_000

/** What a worker did before it was first seen counts for nothing here, for nobody knows when that was. */
export function foldReadings(
  memory: ReadingMemory,
  readings: ReadonlyMap<string, WorkerReading>,
  nowMs: number,
): ReadingMemory {
  const last = memory.tallies.at(-1)
  const gains = new Map(
    [...readings].flatMap(([name, now]) => {
      const before = memory.said.get(name)
      return before === undefined ? [] : [[name, gainOf(before, now)] as const]
    }),
  )
  const seconds = last === undefined ? 0 : (nowMs - last.atMs) / 1_000
  const tally = [...gains.values()].reduce(added, { ...(last ?? NOTHING_DONE), atMs: nowMs })
  return {
    said: new Map([...memory.said, ...readings]),
    perSecond: new Map(seconds > 0 ? [...gains].map(([name, { done }]) => [name, done / seconds]) : []),
    tallies: [...withinReach(memory.tallies, nowMs), tally],
  }
}

/** Entries a second from the look before to the last; undefined after the first, and where no worker answers. */
export function donePerSecond({ perSecond }: ReadingMemory): number | undefined {
  return perSecond.size === 0 ? undefined : [...perSecond.values()].reduce((sum, each) => sum + each, 0)
}

/** Of the events of the last minute, or of as long as has been looked; undefined after the first look, and where no worker ever answered. */
export function recentFreshness({ said, tallies }: ReadingMemory): Freshness | undefined {
  if (said.size === 0) return undefined
  const [first, last] = [tallies[0], tallies.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  const within = (q: number) => millis(quantileBetween(first.freshness, last.freshness, q), last.freshness)
  return { p50Ms: within(0.5), p99Ms: within(0.99), overMs: last.atMs - first.atMs }
}

const NOTHING_DONE: Tally = { atMs: 0, done: 0, freshness: new Map() }

/** A worker that counts less than before has begun anew. */
function gainOf(before: WorkerReading, now: WorkerReading): WorkerReading {
  const from = now.done < before.done ? NOTHING_DONE : before
  return {
    done: now.done - from.done,
    freshness: new Map(
      [...now.freshness].map(([bound, count]) => [bound, Math.max(0, count - (from.freshness.get(bound) ?? 0))]),
    ),
  }
}

function added(sum: Tally, gain: WorkerReading): Tally {
  const freshness = new Map(sum.freshness)
  for (const [bound, count] of gain.freshness) freshness.set(bound, (freshness.get(bound) ?? 0) + count)
  return { ...sum, done: sum.done + gain.done, freshness }
}

/** With one that is older, so that the whole time is covered. */
function withinReach(tallies: readonly Tally[], nowMs: number): readonly Tally[] {
  const first = tallies.findLastIndex(({ atMs }) => nowMs - atMs >= LOOK_BACK_MS)
  return tallies.slice(Math.max(0, first))
}

/** Beyond the last finite bound nothing is known but that it was more. */
function millis(seconds: number | undefined, histogram: CumulativeHistogram): number | null {
  if (seconds === undefined) return null
  if (Number.isFinite(seconds)) return Math.round(seconds * 10_000) / 10
  return Math.max(0, ...[...histogram.keys()].filter(Number.isFinite)) * 1_000
}
