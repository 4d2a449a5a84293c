import type { ShardPosition, StreamPosition } from '../adapters/postgres/fact-store.ts'
import type { HeldShard } from '../core/fleet/fleet-state.ts'
import type { StreamEntry } from '../core/stream/entry.ts'
import { greatestPositions } from '../core/stream/greatest-positions.ts'
import type { BatchPositions } from './prepare-batch.ts'

/** The positions that a worker notes: its own on plain streams, those of the shards it holds elsewhere. */
export function workerPositions(
  consumer: string,
  fenceOf: (stream: string) => HeldShard | undefined,
): (entries: readonly StreamEntry[]) => BatchPositions {
  return (entries) => {
    const positions: StreamPosition[] = []
    const shards: ShardPosition[] = []
    for (const position of greatestPositions(entries)) {
      const fence = fenceOf(position.stream)
      if (fence === undefined) positions.push(position)
      else shards.push({ ...position, ...fence })
    }
    return { consumer, positions, shards }
  }
}
