/**
 * Milliseconds to wait before attempt number `attempt` (1 is the first retry): doubling, capped, half of it
 * by chance (`random` in [0, 1)), so that many who fail together do not come back together.
 */
export function backoffMs(attempt: number, random: number, { firstMs = 100, maxMs = 10_000 } = {}): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30))
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random)
}
