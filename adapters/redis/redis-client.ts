import { type Cluster, Redis, type RedisOptions } from 'ioredis'
import { type ConnectionUrl, currentUrl } from '../process/connection-url.ts'
import { describeUnreachable } from '../process/servers/describe-unreachable.ts'
import { placeOf } from './place-of.ts'
import { createRedisCluster } from './redis-cluster.ts'

/** One server, or all of a cluster. */
export type RedisClient = Redis | Cluster

type RedisPurpose = 'commands' | 'blocking-reads'

const CONNECT_TIMEOUT_MS = 10_000

/** The client waits this long even for a socket that has closed already, and keeps a command from ending. */
const DISCONNECT_TIMEOUT_MS = 200

/** A server that says nothing for so long is gone, though nobody closed the connection: it is made anew. */
const COMMAND_TIMEOUT_MS = 15_000
const LONGEST_PAUSE_MS = 2_000

const CONNECTION = {
  protocol: 2, // one shape of reply, whatever the server speaks
  lazyConnect: true,
  disableClientInfo: true, // needs a right that nothing else does
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
} as const satisfies RedisOptions

const TIMEOUTS = { commandTimeout: COMMAND_TIMEOUT_MS, socketTimeout: COMMAND_TIMEOUT_MS }

/** Longer after each attempt, and never the same for two who began together. */
function retryPauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)
}

/**
 * A client that never gives up on its server, and never sends a command twice of itself: after a reconnect the caller decides what a lost
 * reply means. A blocking read gets a connection of its own, for it holds up everything behind it.
 */
function createServerClient(url: ConnectionUrl, purpose: RedisPurpose): Redis {
  const client = new Redis(currentUrl(url), {
    ...CONNECTION,
    retryStrategy: (attempt) => {
      Object.assign(client.options, placeOf(currentUrl(url))) // what the next attempt goes by
      return retryPauseMs(attempt)
    },
    reconnectOnError: ({ message }) => message.startsWith('READONLY'), // another server has taken its place, and its address
    ...(purpose === 'commands' ? TIMEOUTS : {}),
  })
  client.on('error', (error) => {
    if (isOfSelect(error)) client.disconnect(true) // it would go on in database 0, where there are other streams, or none
  })
  return client
}

/** The URL's numbered database is not there, or not for this user. */
function isOfSelect(error: Error): boolean {
  return (error as { command?: { name?: unknown } }).command?.name === 'select'
}

/**
 * A client of the server at `url`, or of the cluster that it belongs to; connected. Throws `ServerError`, naming the address and what the
 * server or the network says, when that does not work.
 */
export async function connectRedis(url: ConnectionUrl, onError: (error: Error) => void): Promise<RedisClient> {
  const server = await connected(createServerClient(url, 'commands'), url, onError)
  if (!(await isInCluster(server, url))) return server
  server.disconnect()
  return await connected(createRedisCluster(url, { ...CONNECTION, ...TIMEOUTS }, retryPauseMs), url, onError)
}

/** A client of one server for reads that block. Throws like `connectRedis`. */
export function connectReader(url: ConnectionUrl): Promise<Redis> {
  return connected(createServerClient(url, 'blocking-reads'), url, () => undefined) // the read that fails tells
}

async function isInCluster(server: Redis, url: ConnectionUrl): Promise<boolean> {
  try {
    return /^cluster_enabled:1/m.test(await server.info('cluster'))
  } catch (error) {
    server.disconnect()
    throw describeUnreachable('Redis', currentUrl(url), error)
  }
}

async function connected<Client extends RedisClient>(
  client: Client,
  url: ConnectionUrl,
  onError: (error: Error) => void,
): Promise<Client> {
  let reason: Error | undefined
  const remember = (error: Error) => {
    reason = error // that it could not connect is all that the client itself says
  }
  client.on('error', (error: Error) => onError(reasonOf(error))) // without a listener an error would end the process
  client.on('error', remember)
  client.on('node error', remember)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.disconnect()
    throw describeUnreachable('Redis', currentUrl(url), reasonOf(reason ?? (error as Error)))
  } finally {
    client.off('error', remember)
    client.off('node error', remember)
  }
}

/** That it could reach no server is what a client of a cluster says; the servers' own words are behind it. */
export function reasonOf(error: Error): Error {
  const { lastNodeError } = error as { lastNodeError?: unknown }
  return lastNodeError instanceof Error ? lastNodeError : error
}
