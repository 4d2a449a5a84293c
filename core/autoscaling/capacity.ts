/** What workers get done, entries a second. */
export interface Capacity {
  /** Of one that is busy all the time; null until one has worked. */
  readonly perWorker: number | null
  /** The same, as seen while they were busy. */
  readonly proven: number | null
  /** The share of it that several bring side by side: they wait for each other, and shards are uneven. */
  readonly share: number
}

/** From this share of their time on their batches are full, so that the figure says what they can do. */
const BUSY = 0.6

/** An entry in a quarter of an hour: whatever is less is no measurement. */
const LEAST = 0.001

const FORGET_MS = 10_000
const FORGET_SHARE_MS = 300_000

export interface CapacityLook {
  /** Entries a second of busy time. */
  readonly measured: number | null
  readonly completionsPerSecond: number | null
  readonly ready: number
  /** Since the look before. */
  readonly elapsedMs: number
}

/**
 * A worker with little to do commits small batches, each at the price of a large one, and looks slower than it is. So what is seen of idle
 * workers may raise the figure, and only what is seen of busy ones lowers it.
 */
export function learnCapacity(
  remembered: Capacity,
  { measured, completionsPerSecond, ready, elapsedMs }: CapacityLook,
): Capacity {
  const { share } = remembered
  const known = { ...remembered, share: 1 - (1 - share) * Math.exp(-elapsedMs / FORGET_SHARE_MS) }
  if (measured === null || measured < LEAST) return known
  const isBusy = completionsPerSecond !== null && completionsPerSecond >= BUSY * ready * measured && ready > 0
  if (!isBusy) return { ...known, perWorker: Math.max(measured, known.proven ?? 0) }
  const proven = known.proven === null ? measured : approach(known.proven, measured, elapsedMs)
  return { ...known, perWorker: proven, proven }
}

/** Up at once, down within seconds. */
function approach(known: number, measured: number, elapsedMs: number): number {
  if (measured >= known) return measured
  return measured + (known - measured) * Math.exp(-elapsedMs / FORGET_MS)
}

const LEAST_SHARE = 0.5

/** After several were seen to be busy side by side. */
export function learnShare(known: Capacity, workers: number, perSecond: number): Capacity {
  if (known.perWorker === null) return known
  const seen = Math.min(1, Math.max(LEAST_SHARE, perSecond / (workers * known.perWorker)))
  return { ...known, share: (known.share + seen) / 2 }
}
