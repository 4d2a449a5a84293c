import { Command, InvalidArgumentError } from 'commander'
import { ConfigurationError, EXIT } from '../../adapters/process/run-process.ts'
import { createLogger } from '../../adapters/telemetry/create-logger.ts'
import { createProgressBar } from '../../aggregator/progress-bar.ts'
import { MICROS_PER_MILLISECOND, parseInstant } from '../../core/time/instant.ts'
import { type BackfillSummary, backfill } from '../../worker/backfill.ts'
import { databaseUrlOf, redisUrlOf } from '../connections.ts'
import { notRead } from '../event-lines.ts'
import { ExitWith } from '../exit-with.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import { stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Reads the entries that the streams still hold once more and commits them as workers do, which may run meanwhile. What is known already counts
as a duplicate: doing it twice changes nothing. Closes the faults of the streams it has read from end to end (mp status lists them).
Times are those at which Redis took the entries.

Examples:
  mp backfill -f pipeline.yaml
  mp backfill -f pipeline.yaml --from 2026-01-31T00:00:00Z --to 2026-01-31T06:00:00Z
  mp backfill -f pipeline.yaml --stream orders --dry-run
  mp backfill -f pipeline.yaml --mark-all   # compute every row anew, too`

interface Flags {
  readonly filename: string
  readonly from?: number
  readonly to?: number
  readonly stream?: readonly string[]
  readonly markAll?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Read entries again that streams still hold, to make up for what was lost.')
    .addOption(filenameOption())
    .option('--from <time>', 'from entries of this time on', milliseconds)
    .option('--to <time>', 'up to entries of this time', milliseconds)
    .option('--stream <names...>', "only these of the pipeline's streams")
    .option('--mark-all', 'also compute the row of every entity anew')
    .option('--dry-run', 'count entries, write nothing')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action((flags: Flags) => run(flags, terminal))
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const pipeline = await readPipeline(flags.filename, terminal)
  const { name } = pipeline.pipeline.metadata
  const { streams } = pipeline.settings
  const unknown = flags.stream?.find((stream) => !streams.includes(stream))
  if (unknown !== undefined) throw new ConfigurationError([`--stream: ${notRead(unknown, streams)}`])
  const bar = createProgressBar(process.stderr, 'entries')
  const summary = await backfill(
    {
      pipeline,
      databaseUrl: databaseUrlOf(name),
      redisUrl: redisUrlOf(name),
      streams: flags.stream ?? streams,
      fromMs: flags.from,
      toMs: flags.to,
      markAll: flags.markAll === true,
      dryRun: flags.dryRun === true,
      log: createLogger('warn', 'backfill', {}, process.stderr),
      onProgress: (read) => bar.show(read, undefined),
    },
    stopSignal(),
  ).finally(() => bar.end())
  terminal.write(flags.json === true ? `${JSON.stringify(summary)}\n` : `${describe(summary, flags.dryRun === true)}\n`)
  if (summary.interrupted) throw new ExitWith(EXIT.interrupted)
}

function describe(summary: BackfillSummary, dryRun: boolean): string {
  const { read, persisted, marked, duplicate, stale, ignored, deadLettered, faultsHealed, interrupted } = summary
  if (dryRun) return `${read} entries would be read again; nothing was written`
  const became = [
    `${persisted} facts persisted`,
    `${marked} marked`,
    `${duplicate} known already`,
    `${stale} stale`,
    `${ignored} ignored`,
    `${deadLettered} dead letters`,
  ]
  const end = interrupted
    ? 'interrupted: run it again, what is done costs nothing'
    : `${faultsHealed} faults of streams closed`
  return `${read} entries read again: ${became.join(', ')}; ${end}`
}

function milliseconds(text: string): number {
  const parsed = parseInstant(text)
  if ('problem' in parsed) throw new InvalidArgumentError('write a time with an offset, such as 2026-01-31T09:30:00Z.')
  return Math.floor(parsed.instant / MICROS_PER_MILLISECOND)
}
