/** How long a leader that says nothing keeps its lease, by the watch of whoever wants it. */
export const LEASE_MS = 15_000

/** How long a leader whose renewals fail goes on. The rest of the lease is for what it has sent and cannot take back. */
export const RENEW_WITHIN_MS = 10_000

/** Between two renewals. */
export const RENEW_EVERY_MS = 2_000

/** A lease as it was seen, and since when it has looked like this: by our own monotonic clock, for nobody's wall clock is to be trusted. */
export interface SeenLease {
  /** Empty: given back. */
  readonly holder: string
  readonly lastsMs: number
  readonly sinceMs: number
}

export type LeaseDecision =
  | { readonly action: 'take'; readonly reason: 'nobody-held-it' | 'given-back' | 'expired' }
  | { readonly action: 'wait'; readonly forMs: number }

/** What one who wants to lead does at `nowMs`. An own lease of before is like another's: whoever held it may still act on it. */
export function judgeLease(seen: SeenLease | undefined, nowMs: number): LeaseDecision {
  if (seen === undefined) return { action: 'take', reason: 'nobody-held-it' }
  if (seen.holder === '') return { action: 'take', reason: 'given-back' }
  const forMs = seen.sinceMs + seen.lastsMs - nowMs
  return forMs <= 0 ? { action: 'take', reason: 'expired' } : { action: 'wait', forMs }
}

/** Whether a leader whose last successful renewal was sent at `renewedMs` may still write. */
export function mayLead(renewedMs: number, nowMs: number): boolean {
  return nowMs - renewedMs < RENEW_WITHIN_MS
}
