import { Cluster, type RedisOptions } from 'ioredis'
import { type ConnectionUrl, currentUrl } from '../process/connection-url.ts'
import { placeOf } from './place-of.ts'

/**
 * A client of the cluster that the server at `url` belongs to. It finds the other servers by itself, and reaches them under the same user,
 * password and TLS. A command that lost its connection is sent again, to whoever has the stream by then: everything sent here may be repeated.
 */
export function createRedisCluster(
  url: ConnectionUrl,
  options: Omit<RedisOptions, 'replyMapping'>,
  retryPauseMs: (attempt: number) => number,
): Cluster {
  const entrance = () => {
    const { host, port } = placeOf(currentUrl(url))
    return { host, port }
  }
  const entrances = [entrance()]
  const cluster = new Cluster(entrances, {
    lazyConnect: true,
    dnsLookup: (name, found) => found(null, name), // a certificate is for the name, not for its address
    clusterRetryStrategy: (attempt) => {
      entrances[0] = entrance() // the list is looked at again after this
      return retryPauseMs(attempt)
    },
    enableOfflineQueue: false, // while no server can be reached commands fail: whoever sent them is to know
    enableReadyCheck: false, // where it fails, ioredis leaves whoever waits for the connection without an answer
    redisOptions: options,
  })
  cluster.on('+node', (node) => {
    const { username, password, tls } = placeOf(currentUrl(url))
    Object.assign(node.options, { username, password, tls }) // each connection to a server is a client of its own, made just now
  })
  return cluster
}
