import { randomUUID } from 'node:crypto'
import type { LoadedPipeline } from '../../core/pipeline/resolve-pipeline.ts'
import type { Router } from '../../core/shards/create-router.ts'
import { routerOf } from '../../core/shards/route-pipeline.ts'
import { type NamedTrace, namedTrace } from '../../core/tracing/named-trace.ts'
import { inSpan, type SpanOptions } from '../telemetry/span.ts'
import { BacklogFullError, BacklogLimit } from './backlog-limit.ts'
import { declareShards } from './declare-shards.ts'
import { connectRedis, type RedisClient } from './redis-client.ts'
import { type StreamCommand, sendTogether } from './send-together.ts'

/** An event to publish. What is left out is made up here, once, before the first try. */
export interface OutgoingEvent {
  /** Default: where the producer's pipeline has its place. */
  readonly stream?: string
  readonly type: string
  readonly id?: string
  /** RFC 3339 with an offset; default: now. */
  readonly time?: string
  readonly data: Readonly<Record<string, unknown>>
  /** The fact is deleted: `data` needs only its id. */
  readonly tombstone?: boolean
  /** The span that it comes from, as W3C Trace Context writes it; default: that of publishing it, where spans are recorded. */
  readonly traceparent?: string
  /** What tracing systems on the way to that span have noted, at most 512 characters; goes with `traceparent` alone. */
  readonly tracestate?: string
}

export interface ProducerOptions {
  /** Events that name no stream go where this pipeline reads them. The shards of a sharded source are declared, and checked. */
  readonly pipeline?: LoadedPipeline
  /** Most entries of one stream that may wait to be read before publishing is held up; needs `pipeline`. Default: 1,000,000. */
  readonly maxBacklog?: number
  /** How long publishing may be held up before `publish` fails, in milliseconds. Default: 30,000. */
  readonly patienceMs?: number
  readonly onError?: (error: Error) => void
}

/** `cause` says why: the server, a `BacklogFullError`, or an event that belongs to no stream of the pipeline. */
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
const MAX_BACKLOG = 1_000_000
const PATIENCE_MS = 30_000

/**
 * Publishes events in the flat form. A try whose reply was lost may have reached the stream; it is repeated with the same
 * event id and time, and the fact that it makes is counted once.
 */
export class EventProducer {
  readonly #client: RedisClient
  readonly #route: Router
  readonly #limit: BacklogLimit | undefined

  private constructor(client: RedisClient, route: Router, limit: BacklogLimit | undefined) {
    this.#client = client
    this.#route = route
    this.#limit = limit
  }

  /** Throws `ShardCountError` when the pipeline's streams were made for another number of shards. */
  static async connect(url: string, options: ProducerOptions = {}): Promise<EventProducer> {
    const { pipeline, maxBacklog = MAX_BACKLOG, patienceMs = PATIENCE_MS, onError = () => undefined } = options
    const client = await connectRedis(url, onError)
    if (pipeline === undefined) return new EventProducer(client, () => undefined, undefined)
    const { sharded } = pipeline.pipeline.spec.source.redisStreams
    const { consumerGroup: group, streams } = pipeline.settings
    try {
      if (sharded !== undefined) await declareShards(client, sharded)
    } catch (error) {
      client.disconnect()
      throw error
    }
    const limit = new BacklogLimit(client, { group, streams, maxBacklog, patienceMs })
    return new EventProducer(client, routerOf(pipeline), limit)
  }

  /** Entry ids, in the order of the events. Throws `PublishError` when the server stays unreachable or refuses, or has no room. */
  async publish(events: readonly OutgoingEvent[]): Promise<readonly string[]> {
    const ids: string[] = []
    for (let i = 0; i < events.length; i += EVENTS_PER_PIPELINE) {
      const chunk = events.slice(i, i + EVENTS_PER_PIPELINE)
      try {
        ids.push(...(await inSpan('publish', spanOf(chunk), ({ named }) => this.#publish(chunk, named))))
      } catch (cause) {
        throw new PublishError(ids.length, events.length, cause)
      }
    }
    return ids
  }

  /** An entry exactly as given: name, value, name, value. */
  async publishRaw(stream: string, fields: readonly (string | Uint8Array)[]): Promise<string> {
    const [id] = await this.#send([
      [stream, fields.map((each) => (typeof each === 'string' ? each : Buffer.from(each)))],
    ])
    return id as string
  }

  close(): Promise<unknown> {
    return this.#client.quit().catch(() => this.#client.disconnect()) // unreachable: nothing left to say goodbye to
  }

  #publish(events: readonly OutgoingEvent[], publication: NamedTrace | undefined): Promise<readonly string[]> {
    return this.#send(events.map((event) => [this.#streamOf(event), encodeEvent(within(publication, event))] as const))
  }

  #streamOf(event: OutgoingEvent): string {
    const stream = event.stream ?? this.#route(event)
    if (stream === undefined) throw new Error(`no stream is known for events of type ${event.type}; name one`)
    return stream
  }

  async #send(
    records: readonly (readonly [stream: string, fields: readonly (string | Buffer)[]])[],
  ): Promise<readonly string[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#limit?.room()
        const commands = records.map(([stream, fields]): StreamCommand => ['xadd', stream, '*', ...fields])
        return (await sendTogether(this.#client, commands)).map(String)
      } catch (error) {
        if (attempt >= ATTEMPTS || error instanceof BacklogFullError) throw error
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt))
      }
    }
  }
}

function spanOf(events: readonly OutgoingEvent[]): SpanOptions {
  const attributes = {
    'messaging.system': 'redis',
    'messaging.operation.type': 'send',
    'messaging.batch.message_count': events.length,
  }
  return { kind: 'producer', attributes }
}

/** The fields of an event's entry. What names no span is left out. */
export function encodeEvent(event: OutgoingEvent): readonly string[] {
  const { id, type, time, data, tombstone } = event
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
  if (tombstone === true) fields.push('tombstone', 'true')
  const trace = namedTrace(event.traceparent, event.tracestate)
  if (trace !== undefined) fields.push('traceparent', trace.traceparent)
  if (trace?.tracestate !== undefined) fields.push('tracestate', trace.tracestate)
  return fields
}

/** An event that brings no trace belongs to that of its publication, if that is recorded. */
function within(publication: NamedTrace | undefined, event: OutgoingEvent): OutgoingEvent {
  if (publication === undefined || namedTrace(event.traceparent, event.tracestate) !== undefined) return event
  const { tracestate: _, ...rest } = event
  return { ...rest, ...publication }
}
