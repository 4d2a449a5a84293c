import { Command, CommanderError } from 'commander'
import { loadPipeline } from '../adapters/manifest/load-pipeline.ts'
import { connectionUrl } from '../adapters/process/connection-url.ts'
import { EXIT, runProcess } from '../adapters/process/run-process.ts'
import { createLogger } from '../adapters/telemetry/create-logger.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import type { Telemetry } from '../adapters/telemetry/telemetry.ts'
import { parseAggregatorConfig } from './config.ts'
import { type AggregatorContext, runDaily, runDayRoll, withDailyOptions } from './daily-command.ts'

await runProcess(async (scope, stop) => {
  const asksForHelp = process.argv.some((argument) => argument === '--help' || argument === '-h')
  const context = asksForHelp ? undefined : await readContext(stop)
  if (context !== undefined) scope.use(await telemetryOf(context), (started) => started.stop())
  const program = new Command('aggregator')
    .description('Runs of the daily aggregation and of the day roll, for one pipeline')
    .exitOverride()
  let code: number = EXIT.ok
  withDailyOptions(program.command('daily', { isDefault: true }), aliasesOf(context))
    .description('Write the daily row of every entity, then prove the live rows equal to a recomputation')
    .action(async (options) => {
      code = await runDaily(options, context as AggregatorContext)
    })
  program
    .command('day-roll')
    .description('Recompute the rows from whose windows a fact has fallen')
    .action(async () => {
      code = await runDayRoll(context as AggregatorContext)
    })
  try {
    await program.parseAsync()
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    throw error
  }
})

async function readContext(stop: AbortSignal): Promise<AggregatorContext> {
  const { pipelineFile, databaseUrl, logLevel } = parseAggregatorConfig(process.env)
  const pipeline = await loadPipeline(pipelineFile)
  return { pipeline, databaseUrl: connectionUrl(process.env, 'DATABASE_URL', databaseUrl), logLevel, stop }
}

function telemetryOf({ pipeline, logLevel }: AggregatorContext): Promise<Telemetry> {
  return startTelemetry({
    environment: process.env,
    service: 'metrics-pipeline-aggregator',
    attributes: { 'mp.pipeline': pipeline.pipeline.metadata.name },
    log: createLogger(logLevel, 'aggregator', {}, process.stderr),
  })
}

function aliasesOf(context: AggregatorContext | undefined): readonly string[] {
  const alias = context?.pipeline.metricSet.entities
  return alias === undefined ? [] : [alias]
}
