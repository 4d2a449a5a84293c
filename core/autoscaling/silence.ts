import type { Unseen, Workload } from './sight.ts'

/** One answer that is late, or an exporter that another one takes the place of: what was known a moment ago still says enough. */
export const BRIEF_MS = 10_000

interface Silence {
  readonly unknownSinceMs: number | null
  readonly decidedAtMs: number | null
}

export function isUnknown(work: Workload | Unseen): boolean {
  return 'unseen' in work || work.arrivalsPerSecond === null
}

/** Whether it is not known what there is to do, or how much comes in, and has not been for so long that it says something. */
export function isBrief({ unknownSinceMs, decidedAtMs }: Silence): boolean {
  return unknownSinceMs !== null && decidedAtMs !== null && decidedAtMs - unknownSinceMs < BRIEF_MS
}
