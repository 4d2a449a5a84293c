import type { Work } from './work-since.ts'

export interface CapacityMemory {
  /** Entries that one worker gets done in a second of its busy time. */
  readonly perWorker: number | null
  /** Busy time whose entries are not committed yet, or too little to judge by. */
  readonly open: {
    readonly forMs: number
    readonly busyMsEach: number
    readonly busyMs: number
    readonly entries: number
  }
}

const NOTHING_OPEN = { forMs: 0, busyMsEach: 0, busyMs: 0, entries: 0 }

export const NO_CAPACITY: CapacityMemory = { perWorker: null, open: NOTHING_OPEN }

/** The first batches of a process are slow, and a few of them tell nothing. */
const FIRST_SAMPLE_MS = 1_000

/** A worker that gets nothing done for longer waits for something: that is no measure of what it can do. */
const STALLED_MS = 15_000

/** The weight of the newest 5 s of busy time. */
const WEIGHT = 0.3
const WEIGHT_MS = 5_000

/** Below, batches are small, and small ones cost more for each entry: what is measured then is the least that a worker can do. */
const BUSY_ENOUGH = 0.5

/**
 * What one worker can do, by what was done in how much busy time over the last `sinceMs`. Samples weigh by their busy time, so that idle hours
 * change nothing; one that is lower than what is known counts only where workers were busy for half of the time.
 */
export function foldCapacity({ perWorker, open }: CapacityMemory, work: Work, sinceMs: number): CapacityMemory {
  const all = {
    forMs: open.forMs + sinceMs,
    busyMsEach: open.busyMsEach + (work.workers === 0 ? 0 : work.busyMs / work.workers),
    busyMs: open.busyMs + work.busyMs,
    entries: open.entries + work.entries,
  }
  if (all.busyMs === 0) return { perWorker, open: NOTHING_OPEN }
  if (all.entries === 0) return { perWorker, open: all.forMs > STALLED_MS ? NOTHING_OPEN : all }
  if (perWorker === null && all.busyMs < FIRST_SAMPLE_MS) return { perWorker, open: all }
  const sample = (all.entries / all.busyMs) * 1_000
  if (perWorker === null) return { perWorker: sample, open: NOTHING_OPEN }
  const isTelling = sample > perWorker || all.busyMsEach >= BUSY_ENOUGH * all.forMs
  const weight = isTelling ? 1 - (1 - WEIGHT) ** (all.busyMsEach / WEIGHT_MS) : 0
  return { perWorker: perWorker + weight * (sample - perWorker), open: NOTHING_OPEN }
}

/** What is known stays known; what was under way when nobody could look counts for nothing. */
export function forgetOpenWork({ perWorker }: CapacityMemory): CapacityMemory {
  return { perWorker, open: NOTHING_OPEN }
}
