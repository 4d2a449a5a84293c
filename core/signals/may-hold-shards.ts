import { LEASE_MS } from '../fleet/lease.ts'
import type { MemberSignals } from './pipeline-signals.ts'

/** A worker that is silent for longer than a lease holds nothing. */
export function mayHoldShards({ lastBeatAgeMs }: Pick<MemberSignals, 'lastBeatAgeMs'>): boolean {
  return lastBeatAgeMs < LEASE_MS
}
