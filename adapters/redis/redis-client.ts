import { Redis } from 'ioredis'
import { describeUnreachable } from '../process/servers/describe-unreachable.ts'

export type RedisPurpose = 'commands' | 'blocking-reads'

const CONNECT_TIMEOUT_MS = 10_000

/** The client waits this long even for a socket that has closed already, and keeps a command from ending. */
const DISCONNECT_TIMEOUT_MS = 200

/** A server that says nothing for so long is gone, though nobody closed the connection: it is made anew. */
const COMMAND_TIMEOUT_MS = 15_000
const LONGEST_PAUSE_MS = 2_000

/**
 * A client that never gives up on its server, and never sends a command twice of itself: after a reconnect the caller decides what a lost
 * reply means. A blocking read gets a connection of its own, for it holds up everything behind it.
 */
export function createRedisClient(url: string, purpose: RedisPurpose, onError: (error: Error) => void): Redis {
  const client = new Redis(url, {
    protocol: 2, // one shape of reply, whatever the server speaks
    lazyConnect: true,
    disableClientInfo: true, // needs a right that nothing else does
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
    reconnectOnError: ({ message }) => message.startsWith('READONLY'), // another server has taken its place, and its address
    ...(purpose === 'commands' ? { commandTimeout: COMMAND_TIMEOUT_MS, socketTimeout: COMMAND_TIMEOUT_MS } : {}),
  })
  client.on('error', onError) // without a listener an error would end the process
  return client
}

/** The client, connected. Throws `ServerError`, naming the address and what the server or the network says, when that does not work. */
export async function connectRedis(
  url: string,
  purpose: RedisPurpose,
  onError: (error: Error) => void,
): Promise<Redis> {
  const client = createRedisClient(url, purpose, onError)
  let reason: Error | undefined
  const remember = (error: Error) => {
    reason = error // that it could not connect is all that the client itself says
  }
  client.on('error', remember)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.disconnect()
    throw describeUnreachable('Redis', url, reason ?? error)
  } finally {
    client.off('error', remember)
  }
}
