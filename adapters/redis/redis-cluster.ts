import { Cluster, type RedisOptions } from 'ioredis'

const DEFAULT_PORT = 6_379

/**
 * A client of the cluster that the server at `url` belongs to. It finds the other servers by itself, and reaches them under the same user,
 * password and TLS. A command that lost its connection is sent again, to whoever has the stream by then: everything sent here may be repeated.
 */
export function createRedisCluster(
  url: string,
  options: Omit<RedisOptions, 'replyMapping'>,
  retryPauseMs: (attempt: number) => number,
): Cluster {
  const { protocol, hostname, port, username, password } = new URL(url)
  return new Cluster([{ host: hostname, port: Number(port || DEFAULT_PORT) }], {
    lazyConnect: true,
    dnsLookup: (name, found) => found(null, name), // a certificate is for the name, not for its address
    clusterRetryStrategy: retryPauseMs,
    enableReadyCheck: false, // where it fails, ioredis leaves whoever waits for the connection without an answer
    redisOptions: {
      ...options,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  })
}
