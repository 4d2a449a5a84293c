/** How many workers would do, with some room, as judged at an instant. */
export interface Recommendation {
  readonly atMs: number
  readonly workers: number
}

const SHORTEST_WINDOW_MS = 60_000
const LONGEST_WINDOW_MS = 300_000

/** Whoever wants events done sooner also wants workers gone sooner. */
export function stabilisationWindowMs(targetLatencyMs: number): number {
  return Math.min(LONGEST_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, 5 * targetLatencyMs))
}

/** Keeps only those that may yet be the highest of a window: never two of the same number, the highest first. */
export function recommend(
  earlier: readonly Recommendation[],
  now: Recommendation,
  windowMs: number,
): readonly Recommendation[] {
  const kept = earlier.filter(({ atMs, workers }) => atMs > now.atMs - windowMs && workers > now.workers)
  return [...kept, now]
}

export function highestOf(recommendations: readonly Recommendation[]): number {
  return recommendations[0]?.workers ?? 0
}
