import type { ScalingSettings } from '../pipeline/scaling-settings.ts'
import { withoutIdle } from './parallelism.ts'
import type { Ceilings } from './scaling-input.ts'
import { counted } from './wording.ts'

/** Between which numbers of workers a decision may choose. */
export interface Room {
  readonly least: number
  readonly most: number
  /** What sets `most`. */
  readonly limit: 'AtMaximum' | 'LimitedByShards' | 'LimitedByConnections'
  readonly shards: number | undefined
}

export function roomFor({ maxReplicas, minReplicas }: ScalingSettings, { shards, connections }: Ceilings): Room {
  const most = Math.max(1, Math.min(maxReplicas, shards ?? maxReplicas, connections))
  const limit =
    connections <= most
      ? 'LimitedByConnections'
      : shards !== undefined && shards <= most
        ? 'LimitedByShards'
        : 'AtMaximum'
  return { least: Math.min(minReplicas, most), most, limit, shards }
}

export function within({ least, most }: Room, workers: number): number {
  return Math.min(most, Math.max(least, workers))
}

/** Of more workers than there is room for as many as the shards occupy. */
export function fitted(room: Room, workers: number): number {
  return Math.max(room.least, workers <= room.most ? workers : withoutIdle(room.most, room.shards))
}

export function limitInWords({ most, limit, shards }: Room): string {
  switch (limit) {
    case 'AtMaximum':
      return `maxReplicas is ${most}`
    case 'LimitedByShards':
      return `there are ${shards} shards, each read by one worker at a time`
    case 'LimitedByConnections':
      return `database.maxConnections reaches for ${counted(most, 'worker')}`
  }
}
