import type { CumulativeHistogram } from '../numbers/histogram.ts'

/** What one worker has counted since it started, as far as anybody watches it. */
export interface WorkerReading {
  /** Entries that it is done with. */
  readonly done: number
  /** From publishing an event to the row, in seconds. */
  readonly freshness: CumulativeHistogram
}

const DONE = /^mp_worker_entries_total\{outcome="[^"]+"\} (\S+)$/gm
const FRESHNESS = /^mp_worker_freshness_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm

/** Reads what a worker serves under `/metrics`; undefined where that is something else. */
export function readWorker(text: string): WorkerReading | undefined {
  const done = [...text.matchAll(DONE)]
  if (done.length === 0) return undefined
  return {
    done: done.reduce((sum, [, count]) => sum + Number(count), 0),
    freshness: new Map(
      [...text.matchAll(FRESHNESS)].map(([, bound, count]) => [
        bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
        Number(count),
      ]),
    ),
  }
}
