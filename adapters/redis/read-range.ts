import type { StreamEntry } from '../../core/stream/entry.ts'
import type { RedisClient } from './redis-client.ts'
import { withBytes } from './with-bytes.ts'

export interface EntryRange {
  /** Milliseconds of the first and the last entry id, both inclusive; undefined is open. */
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
}

/** The entries that a stream holds in a range of ids, oldest first, in batches. No consumer group takes part. */
export async function* readRange(
  client: RedisClient,
  stream: string,
  { fromMs, toMs }: EntryRange,
  batchSize: number,
): AsyncGenerator<readonly StreamEntry[]> {
  const end = toMs === undefined ? '+' : String(toMs)
  for (let start = fromMs === undefined ? '-' : String(fromMs); ; ) {
    const raw = await client.xrange(stream, start, end, 'COUNT', batchSize)
    if (raw.length > 0)
      yield await withBytes(
        client,
        raw.map(([id, fields]) => ({ stream, id, fields, attempts: 1 })),
      )
    const last = raw.at(-1)
    if (last === undefined || raw.length < batchSize) return
    start = `(${last[0]}`
  }
}
