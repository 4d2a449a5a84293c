import type { OutgoingEvent } from '../adapters/redis/event-producer.ts'
import type { Router } from '../core/shards/create-router.ts'
import { namedTrace } from '../core/tracing/named-trace.ts'
import type { Terminal } from './terminal.ts'

export interface EventLineOptions {
  /** Events that are given out together at most. */
  readonly size: number
  /** What the pipeline reads: events may name no other. */
  readonly streams: readonly string[]
  /** The stream of an event that names none. */
  readonly streamOf: Router
  /** Takes what is wrong with lines, each with its number. */
  readonly problems: string[]
}

/** Events of at most `size` lines together, never held back for more to come. What is wrong with a line is noted with its number. */
export async function* eventBatches(
  input: Terminal['input'],
  options: EventLineOptions,
): AsyncGenerator<readonly OutgoingEvent[]> {
  let number = 0
  for await (const lines of linesOf(input)) {
    let batch: OutgoingEvent[] = []
    for (const line of lines) {
      number += 1
      if (line.trim() === '') continue
      const event = parseLine(line, options)
      if (typeof event === 'string') options.problems.push(`${number}: ${event}`)
      else batch.push(event)
      if (batch.length < options.size) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}

/** Lines as they come, those of one read together. */
async function* linesOf(input: Terminal['input']): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const end = text.lastIndexOf('\n')
    if (end >= 0) yield (rest + text.slice(0, end)).split('\n')
    rest = end < 0 ? rest + text : text.slice(end + 1)
  }
  if (rest !== '') yield [rest]
}

/** An event, or what is wrong with the line. Whether its data is right is for the pipeline to say. */
function parseLine(line: string, { streams, streamOf }: EventLineOptions): OutgoingEvent | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    return `no JSON: ${(error as Error).message}`
  }
  if (!isObject(parsed)) return 'must be a JSON object'
  const { type, id, time, data, stream, tombstone, traceparent, tracestate } = parsed
  if (typeof type !== 'string') return 'type must be a text'
  if (!isObject(data)) return 'data must be an object'
  if (id !== undefined && typeof id !== 'string' && !Number.isSafeInteger(id))
    return 'id must be a text or a whole number'
  if (time !== undefined && typeof time !== 'string') return 'time must be a text'
  if (tombstone !== undefined && typeof tombstone !== 'boolean') return 'tombstone must be true or false'
  if (stream !== undefined && !streams.includes(String(stream))) return notRead(String(stream), streams)
  const event = { type, data, ...(id === undefined ? {} : { id: String(id) }) }
  const target = stream === undefined ? streamOf(event) : String(stream)
  if (target === undefined) return `no stream of the pipeline is that of ${type}; name one with --stream`
  return {
    ...event,
    stream: target,
    ...(time === undefined ? {} : { time }),
    ...(tombstone === true ? { tombstone } : {}),
    ...namedTrace(traceparent, tracestate), // what is none is no reason to refuse an event
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function notRead(stream: string, streams: readonly string[]): string {
  return `the pipeline does not read the stream "${stream}"; it reads ${streams.join(', ')}`
}
