import { Redis } from 'ioredis'

const CONNECT_TIMEOUT_MS = 5_000

/** Asks the server at `url` for its version, once: a server that is not there is an error at once, one that loads its data is waited for. */
export async function readRedisVersion(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let failure: Error | undefined
  client.on('error', (error: Error) => {
    failure = error // `connect` only tells that the connection is closed, this tells why
  })
  try {
    await client.connect()
    const info = await client.info('server')
    return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
  } catch (error) {
    throw failure ?? error
  } finally {
    client.disconnect()
  }
}
