import { Command } from 'commander'
import { connectionUrl } from '../../adapters/process/connection-url.ts'
import { runDaily, runDayRoll, withDailyOptions } from '../../aggregator/daily-command.ts'
import { BUILT_IN_METRIC_SETS } from '../../core/metric-sets/built-in.ts'
import { databaseUrlOf } from '../connections.ts'
import { ExitWith } from '../exit-with.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import { stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { withTelemetry } from '../with-telemetry.ts'

const HELP = `
Exits with 0 only when every entity succeeded and every live row equals its recomputation. What is not given comes from spec.aggregation of
the pipeline. What its metric set calls entities is a second name for --entities: --airports SFO,JFK.

Examples:
  mp aggregate -f pipeline.yaml
  mp aggregate -f pipeline.yaml --date 2026-01-31 --dry-run
  mp aggregate -f pipeline.yaml --cleanup --retention-days 90 --json
  mp aggregate -f pipeline.yaml --day-roll`

interface Flags {
  readonly filename: string
  readonly dayRoll?: boolean
}

export function createCommand(terminal: Terminal): Command {
  const command = new Command()
    .description(
      'Write the daily row of every entity, then prove the live rows equal to a recomputation from the facts.',
    )
    .addHelpText('after', HELP)
    .usage('[options]')
    .argument('[others...]') // what the pipeline's set calls its entities is an option too, and known only once the file is read
    .allowUnknownOption()
  const builtIn = new Set(Object.values(BUILT_IN_METRIC_SETS).flatMap((set) => set.entities ?? []))
  return withOptions(command, [...builtIn]).action(async (_others: readonly string[], { filename }: Flags) => {
    const pipeline = await readPipeline(filename, terminal)
    const options = parseAgain(command, pipeline.metricSet.entities)
    const databaseUrl = connectionUrl(process.env, 'DATABASE_URL', databaseUrlOf(pipeline.pipeline.metadata.name))
    const context = { pipeline, databaseUrl, logLevel: 'warn' as const, stop: stopSignal() }
    const code = await withTelemetry(terminal, () =>
      options.dayRoll === true ? runDayRoll(context) : runDaily({ ...options }, context),
    )
    if (code !== 0) throw new ExitWith(code)
  })
}

function withOptions(command: Command, aliases: readonly string[]): Command {
  command
    .addOption(filenameOption())
    .option('--day-roll', 'instead, recompute the rows from whose windows a fact has fallen')
  return withDailyOptions(command, aliases)
}

/** The same arguments with the pipeline's own name for its entities, and no other that is unknown. */
function parseAgain(command: Command, alias: string | undefined): Flags {
  const strict = withOptions(new Command(command.name()), alias === undefined ? [] : [alias])
  strict.copyInheritedSettings(command).showHelpAfterError(`See 'mp ${command.name()} --help' for usage.`)
  return strict.parse(command.parent?.args.slice(1) ?? [], { from: 'user' }).opts<Flags>()
}
