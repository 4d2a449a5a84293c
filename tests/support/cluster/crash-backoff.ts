/** How long a container that ends again and again is left down. The kubelet's is 10 s and at most 5 min. */
export interface CrashBackoff {
  readonly firstMs: number
  readonly mostMs: number
}

/** The first restart is at once, the second after `firstMs`, each further one after twice as long. */
export function restartDelayMs({ firstMs, mostMs }: CrashBackoff, restarts: number): number {
  return restarts === 0 ? 0 : Math.min(firstMs * 2 ** (restarts - 1), mostMs)
}
