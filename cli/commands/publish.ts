import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Command, InvalidArgumentError } from 'commander'
import { EventProducer, type OutgoingEvent } from '../../adapters/redis/event-producer.ts'
import { redisUrlOf } from '../connections.ts'
import { ExitWith } from '../exit-with.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
One JSON object a line: {"type": "departure", "id": "1", "time": "2026-01-31T09:30:00Z", "data": {...}}; "stream" and "tombstone" are optional.
Where a line names no stream, its type's stream of the pipeline is taken; where there are several, name one with --stream.
Lines that cannot be published are listed, and the exit code is 1; all others are published.

Examples:
  mp publish -f pipeline.yaml events.jsonl
  generate-events | mp publish -f pipeline.yaml --rate 500 -`

interface PublishFlags {
  readonly filename: string
  readonly stream?: string
  readonly rate?: number
}

const EVENTS_AT_ONCE = 1_000

/** Lines named in messages; the rest is counted. */
const PROBLEMS_SHOWN = 10

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description("Send events, one JSON object a line, to a pipeline's streams.")
    .argument('[file]', 'the events; - reads standard input', '-')
    .addOption(filenameOption())
    .option('--stream <name>', 'the stream for events that name none')
    .option('--rate <n>', 'events a second at most', rate)
    .addHelpText('after', HELP)
    .action((file: string, flags: PublishFlags) => publish(file, flags, terminal))
}

async function publish(file: string, flags: PublishFlags, terminal: Terminal): Promise<void> {
  const { pipeline, metricSet } = await readPipeline(flags.filename, terminal)
  const { streams } = pipeline.spec.source.redisStreams
  const streamOf = (type: string) =>
    flags.stream ??
    metricSet.events.find((event) => event.name === type)?.streams.find((each) => streams.includes(each)) ??
    (streams.length === 1 ? streams[0] : undefined)
  const producer = await EventProducer.connect(redisUrlOf(pipeline.metadata.name))
  const problems: string[] = []
  let published = 0
  const pace = createPace(flags.rate)
  try {
    for await (const batch of batchesOf(
      file,
      Math.min(EVENTS_AT_ONCE, flags.rate ?? EVENTS_AT_ONCE),
      streamOf,
      problems,
    )) {
      await producer.publish(batch)
      published += batch.length
      await pace(published)
    }
  } finally {
    await producer.close()
  }
  terminal.complain(`published ${published} events\n`)
  if (problems.length === 0) return
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) terminal.complain(`${problem}\n`)
  if (problems.length > PROBLEMS_SHOWN) terminal.complain(`and ${problems.length - PROBLEMS_SHOWN} more lines\n`)
  throw new ExitWith(1)
}

async function* batchesOf(
  file: string,
  size: number,
  streamOf: (type: string) => string | undefined,
  problems: string[],
): AsyncGenerator<readonly OutgoingEvent[]> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file)
  let batch: OutgoingEvent[] = []
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() === '') continue
    const event = parseLine(line, streamOf)
    if (typeof event === 'string') problems.push(`${file}:${number}: ${event}`)
    else batch.push(event)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** An event, or what is wrong with the line. Whether its data is right is for the pipeline to say. */
function parseLine(line: string, streamOf: (type: string) => string | undefined): OutgoingEvent | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    return `no JSON: ${(error as Error).message}`
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'must be a JSON object'
  const { type, id, time, data, stream, tombstone } = parsed as Record<string, unknown>
  if (typeof type !== 'string') return 'type must be a text'
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return 'data must be an object'
  const target = typeof stream === 'string' ? stream : streamOf(type)
  if (target === undefined) return `no stream of the pipeline is that of ${type}; name one with --stream`
  return {
    stream: target,
    type,
    data: data as Record<string, unknown>,
    ...(id === undefined ? {} : { id: String(id) }),
    ...(time === undefined ? {} : { time: String(time) }),
    ...(tombstone === true ? { tombstone } : {}),
  }
}

/** Waits so that no more than `perSecond` are published in any second on average. */
function createPace(perSecond: number | undefined): (published: number) => Promise<void> {
  const startedAt = performance.now()
  return async (published) => {
    if (perSecond === undefined) return
    const ahead = (published / perSecond) * 1_000 - (performance.now() - startedAt)
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
  }
}

function rate(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('write a whole number of at least 1.')
  return Number(text)
}
