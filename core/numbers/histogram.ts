/** A histogram as it is exposed: how many observations were at most each upper bound; the last bound is infinite. */
export type CumulativeHistogram = ReadonlyMap<number, number>

/**
 * The value below which the q-th part of what was observed between two readings lies, by linear interpolation inside its bucket; infinite
 * beyond the last finite bound, undefined when nothing was observed.
 */
export function quantileBetween(
  before: CumulativeHistogram,
  after: CumulativeHistogram,
  q: number,
): number | undefined {
  const gained = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0)
  const wanted = q * gained(Number.POSITIVE_INFINITY)
  if (!(wanted > 0)) return undefined
  let [lower, below] = [0, 0]
  for (const bound of [...after.keys()].sort((a, b) => a - b)) {
    const count = gained(bound)
    if (count >= wanted)
      return bound === Number.POSITIVE_INFINITY ? bound : lower + ((bound - lower) * (wanted - below)) / (count - below)
    lower = bound
    below = count
  }
  return Number.POSITIVE_INFINITY
}
