import { createHash } from 'node:crypto'
import { loadLua } from './load-lua.ts'
import type { RedisClient } from './redis-client.ts'

export interface Script {
  readonly text: string
  readonly sha: string
}

/** A script of `lua/`, for running it by its name again and again. */
export function loadScript(name: string): Script {
  const text = loadLua(name)
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Sends the script's text only to a server that does not know it: after a restart, a failover, a flush of its scripts. */
export async function runScript(
  client: Pick<RedisClient, 'eval' | 'evalsha'>,
  { text, sha }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...values)
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return await client.eval(text, keys.length, ...keys, ...values)
  }
}
