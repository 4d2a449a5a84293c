import { Redis } from 'ioredis'
import { type ConnectionUrl, currentUrl } from '../process/connection-url.ts'
import { describeUnreachable } from '../process/servers/describe-unreachable.ts'
import { type CommandSender, senderOf } from './command-sender.ts'
import { GatheringSender } from './gathering-sender.ts'
import { isRefusal } from './is-refusal.ts'
import { JointLastIds } from './joint-last-ids.ts'
import { connectRedis, type RedisClient, reasonOf } from './redis-client.ts'
import type { StreamCommand } from './send-together.ts'

interface Line {
  users: number
  readonly opened: Promise<SharedConnection>
}

/**
 * Connections that all share who go to the same server as the same user: a thousand pipelines of one Redis take one connection. A connection that is
 * lost is made anew by whoever comes back first, to where its URL says by then.
 */
export class SharedRedis {
  readonly #lines = new Map<string, Line>()

  /** Throws `ServerError`, naming the address and what the server or the network says, when nobody can be reached. */
  async join(url: ConnectionUrl): Promise<JoinedRedis> {
    const address = currentUrl(url)
    const line = this.#lines.get(address) ?? this.#open(address)
    line.users += 1
    const connection = await line.opened
    return new JoinedRedis(connection, url, () => this.#leave(address, line))
  }

  #open(address: string): Line {
    const line: Line = { users: 0, opened: SharedConnection.open(address, () => this.#forget(address, line)) }
    this.#lines.set(address, line)
    line.opened.catch(() => this.#forget(address, line))
    return line
  }

  #leave(address: string, line: Line): void {
    line.users -= 1
    if (line.users > 0) return
    this.#forget(address, line)
    void line.opened.then((connection) => connection.close())
  }

  #forget(address: string, line: Line): void {
    if (this.#lines.get(address) === line) this.#lines.delete(address)
  }
}

/** A connection as one of those sees it who share it. */
export class JoinedRedis implements CommandSender {
  readonly leave: () => void
  readonly #connection: SharedConnection
  readonly #url: ConnectionUrl

  constructor(connection: SharedConnection, url: ConnectionUrl, leave: () => void) {
    this.#connection = connection
    this.#url = url
    this.leave = leave
  }

  get streamsInACommand(): number {
    return this.#connection.streamsInACommand
  }

  /** Whether it leads nowhere any more, or not to where its user is to go by now: time to leave it and to join anew. */
  get isOver(): boolean {
    return this.#connection.isLost || currentUrl(this.#url) !== this.#connection.address
  }

  get isLost(): boolean {
    return this.#connection.isLost
  }

  /** Throws what the server says, or `ServerError` when it says nothing. */
  send(commands: readonly StreamCommand[]): Promise<readonly unknown[]> {
    return this.#connection.send(commands)
  }

  /** As `readLastIds`, along with whoever else asks in this moment. */
  readLastIds(streams: readonly string[]): Promise<string> {
    return this.#connection.lastIds.read(streams)
  }
}

class SharedConnection implements CommandSender {
  readonly address: string
  readonly lastIds = new JointLastIds(this)
  readonly #client: RedisClient
  readonly #sender: CommandSender
  readonly #trouble: { reason: Error | undefined }
  #isLost = false

  private constructor(
    address: string,
    client: RedisClient,
    trouble: { reason: Error | undefined },
    onLost: () => void,
  ) {
    this.address = address
    this.#client = client
    this.#sender = client instanceof Redis ? new GatheringSender(client) : senderOf(client)
    this.#trouble = trouble
    client.once('close', () => {
      this.#isLost = true
      onLost()
      client.disconnect() // otherwise it would come back by itself, and to where it was
    })
  }

  static async open(address: string, onLost: () => void): Promise<SharedConnection> {
    const trouble: { reason: Error | undefined } = { reason: undefined }
    const client = await connectRedis(address, (error) => {
      trouble.reason = error
    })
    return new SharedConnection(address, client, trouble, onLost)
  }

  get streamsInACommand(): number {
    return this.#sender.streamsInACommand
  }

  get isLost(): boolean {
    return this.#isLost
  }

  async send(commands: readonly StreamCommand[]): Promise<readonly unknown[]> {
    try {
      const replies = await this.#sender.send(commands)
      this.#trouble.reason = undefined
      return replies
    } catch (error) {
      if (isRefusal(error)) throw error
      // that there is no connection is all that the client says of a command; why, it said before
      throw describeUnreachable('Redis', this.address, this.#trouble.reason ?? causeOf(error as Error))
    }
  }

  close(): void {
    this.#client.disconnect()
  }
}

/** In place of the client's words, which tell of its own settings. */
function causeOf(error: Error): Error {
  const { name, message } = reasonOf(error)
  const isLost = name === 'MaxRetriesPerRequestError' || name === 'AbortError' || message === 'Connection is closed.'
  return isLost ? new Error('the connection was lost before it answered', { cause: error }) : reasonOf(error)
}
