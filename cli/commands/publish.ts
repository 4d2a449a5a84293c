import { open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { ConfigurationError } from '../../adapters/process/run-process.ts'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import type { Router } from '../../core/shards/create-router.ts'
import { routerOf } from '../../core/shards/route-pipeline.ts'
import { redisUrlOf } from '../connections.ts'
import { eventBatches, notRead } from '../event-lines.ts'
import { ExitWith } from '../exit-with.ts'
import { createPace } from '../pace.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'
import { withTelemetry } from '../with-telemetry.ts'

const HELP = `
One JSON object a line: {"type": "departure", "id": "1", "time": "2026-01-31T09:30:00Z", "data": {...}}; "stream", "tombstone",
"traceparent" and "tracestate" are optional.
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

/** At a given rate, so many seconds' worth at a time. */
const PACED_SECONDS = 0.1

const NEVER = new AbortController().signal

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
    .action((file: string, flags: PublishFlags) => withTelemetry(terminal, () => publish(file, flags, terminal)))
}

async function publish(file: string, flags: PublishFlags, terminal: Terminal): Promise<void> {
  if (file === '-' && flags.filename === '-')
    throw new ConfigurationError([
      'standard input cannot be both the pipeline and the events; name a file for one of them',
    ])
  const loaded = await readPipeline(flags.filename, terminal)
  const { streams } = loaded.settings
  if (flags.stream !== undefined && !streams.includes(flags.stream))
    throw new ConfigurationError([`--stream: ${notRead(flags.stream, streams)}`])
  const route = routerOf(loaded)
  const streamOf: Router = (event) => flags.stream ?? route(event)
  const input = file === '-' ? terminal.input : await openFile(file)
  const producer = await EventProducer.connect(redisUrlOf(loaded.pipeline.metadata.name), { pipeline: loaded })
  const problems: string[] = []
  const pace = createPace(flags.rate ?? Number.POSITIVE_INFINITY)
  const size = Math.ceil(Math.min(EVENTS_AT_ONCE, (flags.rate ?? Number.POSITIVE_INFINITY) * PACED_SECONDS))
  let published = 0
  try {
    for await (const batch of eventBatches(input, { size, streams, streamOf, problems })) {
      await pace(published, NEVER)
      await producer.publish(batch)
      published += batch.length
    }
  } finally {
    await producer.close()
    terminal.complain(`published ${published} events\n`)
  }
  if (problems.length === 0) return
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) terminal.complain(`${file}:${problem}\n`)
  if (problems.length > PROBLEMS_SHOWN) terminal.complain(`and ${problems.length - PROBLEMS_SHOWN} more lines\n`)
  throw new ExitWith(1)
}

async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await open(path)).createReadStream()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigurationError([
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    ])
  }
}

function rate(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('write a whole number of at least 1.')
  return Number(text)
}
