import { lookAtStreams } from '../adapters/redis/look-at-streams.ts'
import { connectRedis, type RedisClient } from '../adapters/redis/redis-client.ts'
import type { LoadedPipeline } from '../core/pipeline/resolve-pipeline.ts'
import type { SourceSignals } from '../core/signals/pipeline-signals.ts'
import { sourceSignals } from '../core/signals/source-signals.ts'
import { connectionInFile } from './connection-file.ts'

/** Looks at a pipeline's streams, over a connection that is made when it is needed and kept. */
export class SourceObserver {
  readonly #pipeline: LoadedPipeline
  readonly #file: string
  #client: RedisClient | undefined
  #isClosed = false
  #trouble: Error | undefined

  constructor(pipeline: LoadedPipeline, file: string) {
    this.#pipeline = pipeline
    this.#file = file
  }

  /** Throws `NoConnectionError`, or what the server or the network says. */
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
    const { redisStreams } = this.#pipeline.pipeline.spec.source
    const url = connectionInFile(this.#file, { ...redisStreams, field: 'spec.source.redisStreams.connection' })
    const client = await connectRedis(url, (error) => {
      this.#trouble = error
    })
    if (this.#isClosed) client.disconnect() // meanwhile
    return client
  }
}
