import type { Redis } from 'ioredis'
import type { CommandSender } from './command-sender.ts'
import { type StreamCommand, send } from './send-together.ts'

interface Waiting {
  readonly commands: readonly StreamCommand[]
  readonly answered: PromiseWithResolvers<readonly unknown[]>
}

/**
 * Sends what several ask for in one turn of the event loop as one packet: for small commands that is most of what they cost. What fails for one
 * of them fails for nobody else.
 */
export class GatheringSender implements CommandSender {
  readonly streamsInACommand = Number.POSITIVE_INFINITY
  readonly #client: Redis
  #waiting: Waiting[] = []

  constructor(client: Redis) {
    this.#client = client
  }

  send(commands: readonly StreamCommand[]): Promise<readonly unknown[]> {
    if (this.#waiting.length === 0) setImmediate(() => void this.#sendAll())
    const answered = Promise.withResolvers<readonly unknown[]>()
    this.#waiting.push({ commands, answered })
    return answered.promise
  }

  async #sendAll(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      if (this.#client.status !== 'ready') throw new Error('Connection is closed.') // where nobody makes it anew, the client would keep them
      const replies = await send(
        this.#client,
        waiting.flatMap(({ commands }) => commands),
      )
      let next = 0
      for (const { commands, answered } of waiting) {
        const own = replies.slice(next, (next += commands.length))
        const failed = own.find(([error]) => error !== null)
        if (failed === undefined) answered.resolve(own.map(([, reply]) => reply))
        else answered.reject(failed[0])
      }
    } catch (error) {
      for (const { answered } of waiting) answered.reject(error)
    }
  }
}
