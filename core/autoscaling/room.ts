import type { ScalingSettings } from '../pipeline/scaling-settings.ts'
import type { Ceilings } from './scaling-input.ts'

/** Between which numbers of workers a decision may choose. */
export interface Room {
  readonly least: number
  readonly most: number
  /** What sets `most`. */
  readonly limit: 'AtMaximum' | 'LimitedByShards' | 'LimitedByConnections'
}

export function roomFor(settings: ScalingSettings, { shards = Number.POSITIVE_INFINITY, connections }: Ceilings): Room {
  const { maxReplicas, minReplicas } = settings
  const most = Math.max(1, Math.min(maxReplicas, shards, connections))
  const limit = connections <= most ? 'LimitedByConnections' : shards <= most ? 'LimitedByShards' : 'AtMaximum'
  return { least: Math.min(minReplicas, most), most, limit }
}

export function within({ least, most }: Room, workers: number): number {
  return Math.min(most, Math.max(least, workers))
}
