import { Redis, type RedisOptions } from 'ioredis'

/** Where a server is, and as whom to go there. The numbered database is no part of it: another one would hold other streams. */
export type Place = {
  readonly [Name in 'host' | 'port' | 'path' | 'username' | 'password' | 'tls']: RedisOptions[Name]
}

/** What the client makes of an URL. */
export function placeOf(url: string): Place {
  const { host, port, path, username, password, tls } = new Redis(url, { lazyConnect: true }).options
  return { host, port, path, username, password, tls }
}
