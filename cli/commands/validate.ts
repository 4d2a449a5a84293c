import { Command } from 'commander'
import { InvalidPipelineError } from '../../adapters/manifest/invalid-pipeline-error.ts'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Problems are listed with file, line, field and what to write instead. Some show only once what they depend on is right.
Exits with 0 when all files are valid, with 2 when one is not.

Examples:
  # Check a file before it is committed
  mp validate -f examples/airport-departures.yaml

  # Check several files
  mp validate -f pipelines/*.yaml

  # Check what another tool prints
  kustomize build . | mp validate -f -`

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Check pipeline files and list their problems in them, without running anything.')
    .requiredOption('-f, --filename <files...>', 'the pipeline files; - reads standard input')
    .addHelpText('after', HELP)
    .action(({ filename }: { filename: string[] }) => validate(filename, terminal))
}

async function validate(filenames: readonly string[], terminal: Terminal): Promise<void> {
  const problems: string[] = []
  for (const filename of filenames) {
    try {
      terminal.write(`${verdict(await readPipeline(filename, terminal))}\n`)
    } catch (error) {
      if (!(error instanceof InvalidPipelineError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new InvalidPipelineError(problems)
}

function verdict({ pipeline, metricSet }: LoadedPipeline): string {
  const { metrics } = pipeline.spec
  return `metricspipeline/${pipeline.metadata.name} is valid: ${metricSet.metrics.length} metrics of each ${metricSet.entity} over ${metrics.windows.join(', ')}`
}
