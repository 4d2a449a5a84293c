import type { LoadSignals, MemberSignals, StreamSignals } from '../signals/pipeline-signals.ts'
import { type ArrivalsMemory, foldArrivals, NO_ARRIVALS } from './fold-arrivals.ts'
import { type CapacityMemory, foldCapacity, forgetOpenWork, NO_CAPACITY } from './fold-capacity.ts'
import { smooth } from './smooth.ts'
import { UNKNOWN_LOAD } from './unknown-load.ts'
import { countersOf, type WorkCounters, workOf, workSince } from './work-since.ts'

/** What one look saw. A part that nobody looked at is absent; null is one that could not be seen. */
export interface LoadLook {
  readonly streams?: readonly Pick<StreamSignals, 'stream' | 'entriesAdded'>[] | null
  readonly members?: readonly MemberSignals[] | null
}

/** What has to be kept from one look to the next. It can be written as JSON. */
export interface LoadMemory {
  readonly arrivals: ArrivalsMemory
  readonly worked: { readonly atMs: number; readonly counters: WorkCounters } | undefined
  /** Entries per second; null before the second look. */
  readonly completions: number | null
  readonly capacity: CapacityMemory
  readonly load: LoadSignals
}

export interface FoldedLoad {
  readonly memory: LoadMemory
  readonly load: LoadSignals
}

export const NO_LOAD: LoadMemory = {
  arrivals: NO_ARRIVALS,
  worked: undefined,
  completions: null,
  capacity: NO_CAPACITY,
  load: UNKNOWN_LOAD,
}

const COMPLETIONS_MS = 10_000

/** A pipeline's load after one more look at its streams, at its workers, or at both. `nowMs` is any clock that never goes back. */
export function foldLoad(memory: LoadMemory, look: LoadLook, nowMs: number): FoldedLoad {
  const afterStreams = look.streams === undefined ? memory : afterStreamsSeen(memory, look.streams, nowMs)
  const after = look.members === undefined ? afterStreams : afterMembersSeen(afterStreams, look.members, nowMs)
  return { memory: after, load: after.load }
}

function afterStreamsSeen(memory: LoadMemory, streams: LoadLook['streams'], nowMs: number): LoadMemory {
  if (streams == null) return { ...memory, load: { ...memory.load, arrivalsPerSecond: null } }
  const { memory: arrivals, perSecond } = foldArrivals(memory.arrivals, streams, nowMs)
  return { ...memory, arrivals, load: { ...memory.load, arrivalsPerSecond: rounded(perSecond) } }
}

/** While workers cannot be seen, or do not say, nothing is known of what they get done; what they can do is what it was. */
function afterMembersSeen(memory: LoadMemory, members: LoadLook['members'], nowMs: number): LoadMemory {
  const counters = members == null ? undefined : countersOf(members)
  if (counters === undefined)
    return withLoad({ ...memory, worked: undefined, completions: null, capacity: forgetOpenWork(memory.capacity) })
  const worked = { atMs: nowMs, counters }
  if (memory.worked === undefined) return withLoad({ ...memory, worked, capacity: priorOf(memory.capacity, counters) })
  const sinceMs = nowMs - memory.worked.atMs
  if (sinceMs <= 0) return memory
  const work = workSince(memory.worked.counters, counters, sinceMs)
  const sample = (work.entries / sinceMs) * 1_000
  const completions = smooth(memory.completions, sample, { sinceMs, overMs: COMPLETIONS_MS })
  return withLoad({ ...memory, worked, completions, capacity: foldCapacity(memory.capacity, work, sinceMs) })
}

/** Whoever looks for the first time goes by what workers did in their whole lives. */
function priorOf(capacity: CapacityMemory, counters: WorkCounters): CapacityMemory {
  return capacity.perWorker === null ? foldCapacity(capacity, workOf(counters), 0) : capacity
}

function withLoad(memory: LoadMemory): LoadMemory {
  const { completions, capacity, load } = memory
  const { arrivalsPerSecond } = load
  return {
    ...memory,
    load: {
      arrivalsPerSecond,
      completionsPerSecond: rounded(completions),
      capacityPerWorker: rounded(capacity.perWorker),
    },
  }
}

/** To a thousandth: what is less is the tail of an average, which would never end. */
function rounded(perSecond: number | null): number | null {
  return perSecond === null ? null : Math.round(perSecond * 1_000) / 1_000
}
