import { infoRecord } from './info-record.ts'
import type { RedisClient } from './redis-client.ts'

export interface StreamBacklog {
  readonly stream: string
  readonly length: number
  readonly pending: number
  /** Entries not delivered yet; undefined when the server does not know. */
  readonly lag: number | undefined
  readonly exists: boolean
}

/** What waits in each stream for a consumer group. */
export async function readBacklog(
  client: RedisClient,
  group: string,
  streams: readonly string[],
): Promise<readonly StreamBacklog[]> {
  return Promise.all(streams.map((stream) => readStream(client, group, stream)))
}

async function readStream(client: RedisClient, group: string, stream: string): Promise<StreamBacklog> {
  const length = await client.xlen(stream)
  const groups = (await client.xinfo('GROUPS', stream).catch((error: Error) => {
    if (error.message.includes('no such key')) return []
    throw error
  })) as unknown[][]
  const found = groups.map(infoRecord).find((each) => each['name'] === group)
  if (found === undefined) return { stream, length, pending: 0, lag: length === 0 ? 0 : undefined, exists: false }
  const { pending, lag } = found
  return { stream, length, pending: Number(pending), lag: typeof lag === 'number' ? lag : undefined, exists: true }
}
