import { loadLua } from './load-lua.ts'
import type { RedisClient } from './redis-client.ts'
import { runOnStreams } from './run-on-streams.ts'

const LAST_IDS = loadLua('last-ids')

/** The greatest id that each stream ever gave; empty where there is no such stream. Tells that something was added for a tenth of a look. */
export async function readLastIds(client: RedisClient, streams: readonly string[]): Promise<readonly string[]> {
  return (await runOnStreams(client, LAST_IDS, streams)) as string[]
}
