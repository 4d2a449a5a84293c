import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { connectRedis } from './redis-client.ts'

/** An event to publish. What is left out is made up here, once, before the first try. */
export interface OutgoingEvent {
  readonly stream: string
  readonly type: string
  readonly id?: string
  /** RFC 3339 with an offset; default: now. */
  readonly time?: string
  readonly data: Readonly<Record<string, unknown>>
  /** The fact is deleted: `data` needs only its id. */
  readonly tombstone?: boolean
}

export class PublishError extends Error {
  /** How many events of the call were taken before it failed. */
  readonly published: number

  constructor(published: number, total: number, cause: unknown) {
    super(`published ${published} of ${total} events; publishing them all again is safe`, { cause })
    this.name = 'PublishError'
    this.published = published
  }
}

const EVENTS_PER_PIPELINE = 1_000
const ATTEMPTS = 8
const FIRST_PAUSE_MS = 50

/**
 * Publishes events to plain streams in the flat form. A try whose reply was lost may have reached the stream; it is repeated with the same
 * event id and time, and the fact that it makes is counted once.
 */
export class EventProducer {
  readonly #client: Redis

  private constructor(client: Redis) {
    this.#client = client
  }

  static async connect(url: string, onError: (error: Error) => void = () => undefined): Promise<EventProducer> {
    return new EventProducer(await connectRedis(url, 'commands', onError))
  }

  /** Entry ids, in the order of the events. Throws `PublishError` when the server stays unreachable or refuses. */
  async publish(events: readonly OutgoingEvent[]): Promise<readonly string[]> {
    const ids: string[] = []
    for (let i = 0; i < events.length; i += EVENTS_PER_PIPELINE) {
      const chunk = events.slice(i, i + EVENTS_PER_PIPELINE)
      const records = chunk.map((event) => [event.stream, encodeEvent(event)] as const)
      try {
        ids.push(...(await this.#send(records)))
      } catch (cause) {
        throw new PublishError(ids.length, events.length, cause)
      }
    }
    return ids
  }

  /** An entry exactly as given: name, value, name, value. */
  async publishRaw(stream: string, fields: readonly string[]): Promise<string> {
    const [id] = await this.#send([[stream, fields]])
    return id as string
  }

  close(): Promise<unknown> {
    return this.#client.quit().catch(() => this.#client.disconnect()) // unreachable: nothing left to say goodbye to
  }

  async #send(records: readonly (readonly [string, readonly string[]])[]): Promise<readonly string[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const pipeline = this.#client.pipeline()
        for (const [stream, fields] of records) pipeline.xadd(stream, '*', ...fields)
        const replies = (await pipeline.exec()) ?? []
        const failed = replies.find(([error]) => error !== null)
        if (failed !== undefined) throw failed[0]
        return replies.map(([, id]) => String(id))
      } catch (error) {
        if (attempt >= ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt))
      }
    }
  }
}

/** The fields of an event's entry. */
export function encodeEvent({ id, type, time, data, tombstone }: OutgoingEvent): readonly string[] {
  const fields = [
    'id',
    id ?? randomUUID(),
    'type',
    type,
    'time',
    time ?? new Date().toISOString(),
    'data',
    JSON.stringify(data),
  ]
  return tombstone === true ? [...fields, 'tombstone', 'true'] : fields
}
