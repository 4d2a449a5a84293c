/** How long a shard stays with a worker that says nothing, by the database's clock. */
export const LEASE_MS = 5_000

/** Part of a lease after which a worker that could not renew it stops reading: whatever it read now would be another's. */
const TRUSTED_PART = 0.7

/** Whether a worker may still read a shard. Both by its own monotonic clock; `renewedAt` is when the last renewal was sent, not answered. */
export function mayRead(renewedAt: number, now: number, leaseMs = LEASE_MS): boolean {
  return now - renewedAt < leaseMs * TRUSTED_PART
}
