import type { CompositeSettings, CompositeStrategy } from './composite-settings.ts'
import { COMPOSITE_LEASE_MS, staleAfterMs } from './margin.ts'

/** What a gate judges by. */
export interface GateRules {
  readonly strategy: CompositeStrategy
  readonly minIntervalMs: number
  /** The age at which a result is due to be replaced; with `Background` the length of a period. */
  readonly staleAfterMs: number
  readonly eventThreshold: number
  readonly leaseMs: number
}

export function gateRules(settings: CompositeSettings): GateRules {
  const { strategy, minIntervalMs, eventThreshold } = settings
  return { strategy, minIntervalMs, staleAfterMs: staleAfterMs(settings), eventThreshold, leaseMs: COMPOSITE_LEASE_MS }
}

/** A single failure costs no more than a worker that dies, so the margin covers it. */
export const FAILURE_PAUSE = { firstMs: 500, longestMs: 8_000 } as const

/** How long a scope is left alone after so many failures in a row. */
export function failurePauseMs(failures: number): number {
  return Math.min(FAILURE_PAUSE.longestMs, FAILURE_PAUSE.firstMs * 2 ** (Math.min(failures, 10) - 1))
}

/** Nobody is ever told to leave a scope alone for longer: what says so was written by another clock. */
export function longestPauseMs({ minIntervalMs }: Pick<GateRules, 'minIntervalMs'>): number {
  return Math.max(minIntervalMs, FAILURE_PAUSE.longestMs)
}
