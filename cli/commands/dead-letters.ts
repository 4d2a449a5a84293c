import { Command, InvalidArgumentError, Option } from 'commander'
import { DeadLetterStore, type StoredDeadLetter } from '../../adapters/postgres/dead-letter-store.ts'
import { EventProducer } from '../../adapters/redis/event-producer.ts'
import { replayedFields } from '../../core/stream/replayed-fields.ts'
import { databaseUrlOf, redisUrlOf } from '../connections.ts'
import { ExitWith } from '../exit-with.ts'
import { formatTable } from '../format-table.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Examples:
  mp dead-letters list -f pipeline.yaml --reason invalid-field
  mp dead-letters show -f pipeline.yaml 17
  mp dead-letters replay -f pipeline.yaml 17 18
  mp dead-letters replay -f pipeline.yaml --reason unknown-event-type`

interface Flags {
  readonly filename: string
  readonly reason?: string
  readonly stream?: string
  readonly limit: number
  readonly replayed?: boolean
  readonly output?: string
}

const LISTED = 50
const REPLAYED_AT_ONCE = 10_000
const DETAIL_WIDTH = 80

export function createCommand(terminal: Terminal): Command {
  const command = new Command()
    .description('Entries that were set aside with a reason: list, show, replay.')
    .addHelpText('after', HELP)
  const add = (name: string, description: string) =>
    command.command(name).description(description).addOption(filenameOption())
  add('list', 'List dead letters, oldest first')
    .option('--reason <reason>', 'only those set aside for this reason')
    .option('--stream <stream>', 'only those of this stream')
    .option('--limit <n>', 'how many at most', count, LISTED)
    .option('--replayed', 'also those that were replayed')
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['table', 'json']).default('table'))
    .action((flags: Flags) => withStore(flags, terminal, (store) => list(store, flags, terminal)))
  add('show', 'Show one dead letter with its whole entry')
    .argument('<id>', 'as mp dead-letters list shows it', letterId)
    .action((id: string, flags: Flags) => withStore(flags, terminal, (store) => show(store, id, terminal)))
  command.addCommand(
    createReplayCommand(terminal).name('replay').summary('Publish dead letters to their streams again'),
  )
  return command
}

/** Also a command of its own: `mp replay`. */
export function createReplayCommand(terminal: Terminal): Command {
  return new Command()
    .description('Publish dead letters to their streams again; doing it twice changes nothing')
    .addOption(filenameOption())
    .argument('[ids...]', 'as mp dead-letters list shows them', (id, ids: readonly string[] = []) => [
      ...ids,
      letterId(id),
    ])
    .option('--reason <reason>', 'all those set aside for this reason')
    .option('--stream <stream>', 'all those of this stream')
    .option('--limit <n>', 'how many at most', count, REPLAYED_AT_ONCE)
    .action((ids: string[], flags: Flags) =>
      withStore(flags, terminal, (store, pipeline) => replay(store, redisUrlOf(pipeline), ids, flags, terminal)),
    )
}

async function withStore(
  { filename }: Flags,
  terminal: Terminal,
  work: (store: DeadLetterStore, pipeline: string) => Promise<void>,
): Promise<void> {
  const { pipeline } = await readPipeline(filename, terminal)
  const store = await DeadLetterStore.open(databaseUrlOf(pipeline.metadata.name), pipeline.spec.database.schema)
  try {
    await work(store, pipeline.metadata.name)
  } finally {
    await store.close()
  }
}

async function list(store: DeadLetterStore, flags: Flags, terminal: Terminal): Promise<void> {
  const letters = await store.find({ ...filterOf(flags), includeReplayed: flags.replayed === true })
  if (flags.output === 'json') return terminal.write(`${JSON.stringify(letters)}\n`)
  if (letters.length === 0) return terminal.write('no dead letters\n')
  const rows = letters.map((letter) => [
    letter.id,
    letter.createdAt.toISOString(),
    letter.stream,
    letter.entryId,
    letter.eventType ?? '?',
    letter.reason,
    shortened(letter.details[0] ?? ''),
  ])
  terminal.write(formatTable(['ID', 'SET ASIDE', 'STREAM', 'ENTRY', 'TYPE', 'REASON', 'DETAIL'], rows))
}

async function show(store: DeadLetterStore, id: string, terminal: Terminal): Promise<void> {
  const [letter] = await store.find({ ids: [id], includeReplayed: true, limit: 1 })
  if (letter === undefined) return notFound([id], terminal)
  terminal.write(`${JSON.stringify(letter, null, 2)}\n`)
}

async function replay(
  store: DeadLetterStore,
  redisUrl: string,
  ids: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  if (ids.length === 0 && flags.reason === undefined && flags.stream === undefined) {
    terminal.complain('name the ids to replay, or choose by --reason or --stream\n')
    throw new ExitWith(2)
  }
  const letters = await store.find(
    ids.length === 0 ? filterOf(flags) : { ids, includeReplayed: true, limit: ids.length },
  )
  const waiting = letters.filter(({ replayedAt }) => replayedAt === null)
  const producer = await EventProducer.connect(redisUrl)
  try {
    for (const letter of waiting) await replayOne(store, producer, letter)
  } finally {
    await producer.close()
  }
  terminal.write(`replayed ${waiting.length} ${waiting.length === 1 ? 'dead letter' : 'dead letters'}\n`)
  for (const { id, replayedAt } of letters)
    if (replayedAt !== null) terminal.complain(`${id} was replayed at ${replayedAt.toISOString()} already\n`)
  const missing = ids.filter((id) => !letters.some((letter) => letter.id === id))
  if (missing.length > 0) notFound(missing, terminal)
}

/** Published first, noted afterwards: what dies in between is published twice, and counted once. */
async function replayOne(store: DeadLetterStore, producer: EventProducer, letter: StoredDeadLetter): Promise<void> {
  await producer.publishRaw(letter.stream, replayedFields(letter, letter.entryId))
  await store.markReplayed([letter.id])
}

function filterOf({ reason, stream, limit }: Flags) {
  return { ...(reason === undefined ? {} : { reason }), ...(stream === undefined ? {} : { stream }), limit }
}

function notFound(ids: readonly string[], terminal: Terminal): never {
  terminal.complain(`no such dead letter: ${ids.join(', ')}\n`)
  throw new ExitWith(1)
}

function letterId(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('write the number that mp dead-letters list shows.')
  return text
}

function shortened(text: string): string {
  return text.length <= DETAIL_WIDTH ? text : `${text.slice(0, DETAIL_WIDTH - 1)}…`
}

function count(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('write a whole number of at least 1.')
  return Number(text)
}
