import { type Command, InvalidArgumentError, Option } from 'commander'
import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { MigrateError } from '../adapters/postgres/migrate-error.ts'
import { SupersededError } from '../adapters/postgres/revision-store.ts'
import { RunInProgressError } from '../adapters/postgres/run-store.ts'
import type { ConnectionUrl } from '../adapters/process/connection-url.ts'
import { EXIT } from '../adapters/process/run-process.ts'
import { createLogger, describeError, type LogLevel } from '../adapters/telemetry/create-logger.ts'
import { toggleLevelBySignal } from '../adapters/telemetry/level-by-signal.ts'
import { startOfDay } from '../core/time/calendar.ts'
import { Aggregator } from './aggregator.ts'
import { type DailyOptions, dailyDefaults } from './daily-options.ts'
import { createProgressBar, NO_PROGRESS_BAR, type ProgressBar } from './progress-bar.ts'
import { isSuccess, summaryLines } from './summary.ts'

export interface AggregatorContext {
  readonly pipeline: LoadedPipeline
  readonly databaseUrl: ConnectionUrl
  readonly logLevel: LogLevel
  readonly stop: AbortSignal
}

interface DailyFlags {
  readonly date?: string
  readonly entities?: readonly string[]
  readonly includeInactive?: boolean
  readonly cleanup?: boolean
  readonly retentionDays?: number
  readonly batchSize?: number
  readonly maxRetries?: number
  readonly retryDelay?: number
  readonly shard?: { readonly shard: number; readonly shards: number }
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
}

/** The options of a daily run on a command. `aliases` are what sets call their entities: each is a second name for `--entities`. */
export function withDailyOptions(command: Command, aliases: readonly string[]): Command {
  command
    .option('--date <YYYY-MM-DD>', "the run's day: windows end at its midnight, UTC (default: the last midnight)", day)
    .option('--entities <a,b,...>', 'only these entities', list)
    .option('--include-inactive', 'also entities that are known to be inactive')
    .option('--cleanup', 'afterwards remove daily rows, facts and dead letters that are past their retention')
    .option('--retention-days <n>', 'days for which --cleanup keeps daily rows and dead letters', whole(1))
    .option('--batch-size <n>', 'entities per transaction', whole(1))
    .option('--max-retries <n>', 'attempts at a batch in all', whole(1))
    .option('--retry-delay <seconds>', 'seconds between attempts', whole(0))
    .option('--shard <i/n>', 'only the i-th of n key ranges, i from 0', shard)
    .option('--dry-run', 'compute everything, write nothing')
    .option('--json', 'print the summary as JSON')
    .option('-v, --verbose', 'log every batch, to standard error')
    .option('-q, --quiet', 'print and log errors only')
  for (const alias of aliases.filter((each) => each !== 'entities')) {
    command.addOption(
      new Option(`--${alias} <a,b,...>`, 'the same as --entities').argParser(list).conflicts('entities'),
    )
  }
  return command
}

/** Runs a daily aggregation as the options say and prints its summary. Gives the exit code. */
export function runDaily(options: Readonly<Record<string, unknown>>, context: AggregatorContext): Promise<number> {
  const flags = options as DailyFlags
  const { pipeline, stop } = context
  const alias = pipeline.metricSet.entities
  const listed = flags.entities ?? (alias === undefined ? undefined : (options[alias] as readonly string[] | undefined))
  const level = flags.quiet === true ? 'error' : flags.verbose === true ? 'debug' : context.logLevel
  const showsBar = flags.quiet !== true && flags.json !== true && flags.verbose !== true
  return withAggregator({ ...context, logLevel: level }, showsBar, async (aggregator, bar) => {
    const summary = await aggregator.aggregate(
      dailyOptions(flags, dailyDefaults(pipeline, aggregator.today), listed),
      stop,
    )
    bar.end()
    if (flags.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`)
    else if (flags.quiet !== true || !isSuccess(summary))
      process.stdout.write(`${summaryLines(summary, alias ?? 'entities').join('\n')}\n`)
    if (summary.interrupted) return EXIT.interrupted
    return isSuccess(summary) ? EXIT.ok : EXIT.failed
  })
}

/** Recomputes the rows that change without an event, and names those that cannot be computed. Gives the exit code. */
export function runDayRoll(context: AggregatorContext): Promise<number> {
  const { pipeline, stop } = context
  return withAggregator(context, true, async (aggregator, bar) => {
    const { rows, failed } = await aggregator.rollDay(pipeline.pipeline.spec.aggregation.batchSize, stop)
    bar.end()
    process.stdout.write(`${rows} rows moved on to ${aggregator.today}\n`)
    for (const { entity, error } of failed) process.stderr.write(`${entity}: ${describeError(error).message}\n`)
    if (stop.aborted) return EXIT.interrupted
    return failed.length === 0 ? EXIT.ok : EXIT.failed
  })
}

/** Standard output is for results, so logs and progress go to standard error. */
async function withAggregator(
  { pipeline, databaseUrl, logLevel }: AggregatorContext,
  showsBar: boolean,
  work: (aggregator: Aggregator, bar: ProgressBar) => Promise<number>,
): Promise<number> {
  const log = createLogger(logLevel, 'aggregator', {}, process.stderr)
  const end = toggleLevelBySignal(log)
  const bar = showsBar ? createProgressBar(process.stderr, pipeline.metricSet.entities ?? 'entities') : NO_PROGRESS_BAR
  let aggregator: Aggregator | undefined
  try {
    aggregator = await Aggregator.open({ pipeline, databaseUrl, log, onProgress: bar.show })
    return await work(aggregator, bar)
  } catch (error) {
    bar.end()
    if (error instanceof SupersededError) return fail(error.message, EXIT.superseded)
    if (error instanceof MigrateError || error instanceof RunInProgressError) return fail(error.message, EXIT.failed)
    throw error
  } finally {
    await aggregator?.close()
    end()
  }
}

function dailyOptions(
  flags: DailyFlags,
  defaults: DailyOptions,
  entities: readonly string[] | undefined,
): DailyOptions {
  return {
    day: flags.date ?? defaults.day,
    entities,
    includeInactive: flags.includeInactive ?? defaults.includeInactive,
    cleanup: flags.cleanup ?? false,
    retentionDays: flags.retentionDays ?? defaults.retentionDays,
    shard: flags.shard?.shard ?? 0,
    shards: flags.shard?.shards ?? 1,
    batchSize: flags.batchSize ?? defaults.batchSize,
    maxRetries: flags.maxRetries ?? defaults.maxRetries,
    retryDelayMs: flags.retryDelay === undefined ? defaults.retryDelayMs : flags.retryDelay * 1_000,
    dryRun: flags.dryRun ?? false,
  }
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`)
  return code
}

function day(text: string): string {
  if (startOfDay(text) === undefined) throw new InvalidArgumentError('write a day as 2026-01-31.')
  return text
}

function list(text: string): readonly string[] {
  const items = [...new Set(text.split(',').map((item) => item.trim()))].filter((item) => item !== '')
  if (items.length === 0) throw new InvalidArgumentError('name at least one.')
  return items
}

function whole(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < minimum)
      throw new InvalidArgumentError(`write a whole number of at least ${minimum}.`)
    return value
  }
}

function shard(text: string): { shard: number; shards: number } {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text)
  const [index, count] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || count < 1 || index >= count)
    throw new InvalidArgumentError('write i/n with i from 0 to n-1, such as 0/4.')
  return { shard: index, shards: count }
}
