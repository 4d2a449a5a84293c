import type { CompositeSettings } from './composite-settings.ts'

/** How often each worker asks the gate, at the least. */
export const TICK_MS = 1_000

/** Some less than that, by `random` in [0, 1): workers that began together do not ask together, and the way to the gate takes its time. */
export function tickMs(random: number): number {
  return TICK_MS * (0.5 + 0.4 * random)
}

/** How long a calculation is one worker's alone. */
export const COMPOSITE_LEASE_MS = 5_000

/** A calculation that takes longer is ended, so that its worker is done with it while it has the lease. */
export const CALCULATION_BUDGET_MS = COMPOSITE_LEASE_MS * 0.8

/**
 * How long before a result is too old the next one falls due. A tick until somebody asks, the lease of a worker that dies with it, and the
 * budget twice: for the calculation itself, and for the one before it, from whose commit the shortest interval runs while its age began before.
 * A pipeline's shortest interval and this margin must fit into the age that it allows.
 */
export const STALENESS_MARGIN_MS = TICK_MS + COMPOSITE_LEASE_MS + 2 * CALCULATION_BUDGET_MS

/** The age at which a result is replaced, so that its successor comes in time. */
export function staleAfterMs({ maxStaleMs }: Pick<CompositeSettings, 'maxStaleMs'>): number {
  return maxStaleMs - STALENESS_MARGIN_MS
}

/** Whether both bounds can be kept. */
export function fitsMargin(settings: Pick<CompositeSettings, 'minIntervalMs' | 'maxStaleMs'>): boolean {
  return settings.minIntervalMs <= staleAfterMs(settings)
}
