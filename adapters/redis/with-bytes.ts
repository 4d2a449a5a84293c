import { isUtf8 } from 'node:buffer'
import type { StreamEntry } from '../../core/stream/entry.ts'
import type { RedisClient } from './redis-client.ts'

/** A replacement character may be what its producer means, or what bytes that are no UTF-8 turned into: then these are kept. */
export async function withBytes(client: RedisClient, entries: readonly StreamEntry[]): Promise<readonly StreamEntry[]> {
  if (!entries.some(hasReplacement)) return entries
  return Promise.all(
    entries.map(async (entry) => {
      if (!hasReplacement(entry)) return entry
      const [found] = await client.xrangeBuffer(entry.stream, entry.id, entry.id)
      return found === undefined || found[1].every((each) => isUtf8(each)) ? entry : { ...entry, bytes: found[1] }
    }),
  )
}

function hasReplacement({ fields }: StreamEntry): boolean {
  return fields.some((each) => each.includes('\uFFFD'))
}
