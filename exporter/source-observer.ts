import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { lookAtStreams } from '../adapters/redis/look-at-streams.ts'
import { connectRedis, type RedisClient } from '../adapters/redis/redis-client.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { SourceSignals } from '../core/signals/pipeline-signals.ts'
import { sourceSignals } from '../core/signals/source-signals.ts'

/** Looks at a pipeline's streams, over a connection that is made when it is needed and kept. */
export class SourceObserver {
  readonly #pipeline: LoadedPipeline
  readonly #url: () => ConnectionUrl
  #client: RedisClient | undefined
  #isClosed = false
  #trouble: Error | undefined

  /** `url` is asked when the connection is made, and may throw. */
  constructor(pipeline: LoadedPipeline, url: () => ConnectionUrl) {
    this.#pipeline = pipeline
    this.#url = url
  }

  /** Throws what stands in the way of a connection, or what the server or the network says. */
  async look(): Promise<SourceSignals> {
    const { settings, pipeline } = this.#pipeline
    try {
      const client = (this.#client ??= await this.#connect())
      const looks = await lookAtStreams(client, settings.consumerGroup, settings.streams)
      this.#trouble = undefined
      return sourceSignals(looks, pipeline.spec.source.redisStreams.startFrom)
    } catch (error) {
      // that there is no connection is all that the client says of a command; why, it said before
      throw (error as Error).name === 'ReplyError' ? error : (this.#trouble ?? error)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#client?.disconnect()
  }

  async #connect(): Promise<RedisClient> {
    const client = await connectRedis(this.#url(), (error) => {
      this.#trouble = error
    })
    if (this.#isClosed) client.disconnect() // meanwhile
    return client
  }
}
