/**
 * A worker that reads as soon as it has committed is busy all the time from a few hundred entries a second on, with batches of a few entries each.
 * How much more it could do shows in how full they are: a batch counts for what its entries would have taken as a part of a full one.
 */

/** How long something took of which there were as many as at most could be, or only so large a part of that. */
export interface Batch {
  readonly ms: number
  /** More than 0, at most 1. */
  readonly fill: number
}

/** What a batch takes however few its entries, as a part of a full one: a twentieth to a quarter in benchmarks. Counts until a full one was seen. */
const FIXED_PART = 0.1

/** It is hardly less than this, so that small batches say what a full one takes at most. */
const LEAST_FIXED_PART = 0.03

/** From this fill on a batch tells what a full one takes. */
const TELLING = 0.5

/** The weight of one batch: of a second or two of them, the newest tell most. */
const WEIGHT = 0.05

/** Whatever takes longer waits for something, which is no matter of how full it is. */
const LONGEST_MS = 1_000

/** What a full batch takes by now; undefined before one that tells. */
export function learnFullMs(known: number | undefined, { ms, fill }: Batch): number | undefined {
  const seen = fill < TELLING ? known : ms / partOf(fill, FIXED_PART)
  if (known === undefined || seen === undefined) return seen
  const most = ms / partOf(fill, LEAST_FIXED_PART)
  return known + WEIGHT * (Math.min(seen, most) - known)
}

/** How much of the time that a batch took its entries would have needed in full ones. */
export function worthMs({ ms, fill }: Batch, fullMs: number | undefined): number {
  const batchMs = Math.min(ms, LONGEST_MS)
  const worth = fullMs === undefined || fill >= TELLING ? extrapolated(batchMs, fill) : Math.min(batchMs, fill * fullMs)
  return worth + ms - batchMs
}

function extrapolated(ms: number, fill: number): number {
  return (ms * fill) / partOf(fill, FIXED_PART)
}

/** Of what a full batch takes. */
function partOf(fill: number, fixedPart: number): number {
  return fixedPart + (1 - fixedPart) * fill
}
