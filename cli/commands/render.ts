import { Command, Option } from 'commander'
import { stringify } from 'yaml'
import { type Plan, planPipeline } from '../../core/pipeline/plan.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
A laptop (mp up) and a cluster carry out this same plan. Values that only they know are named by where they come from.

Examples:
  # Which processes, how many, when
  mp render -f examples/airport-departures.yaml

  # How many workers
  mp render -f examples/airport-departures.yaml -o json | jq '.processes[] | select(.role == "worker").count'`

type Format = 'yaml' | 'json'

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description(
      'Print what would run for a pipeline: which processes, how many, when, with which arguments and environment.',
    )
    .addOption(filenameOption())
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['yaml', 'json']).default('yaml'))
    .addHelpText('after', HELP)
    .action(async ({ filename, output }: { filename: string; output: Format }) => {
      const { pipeline } = await readPipeline(filename, terminal)
      terminal.write(format(planPipeline(pipeline.metadata.name, pipeline.spec), output))
    })
}

function format(plan: Plan, output: Format): string {
  return output === 'json'
    ? `${JSON.stringify(plan, null, 2)}\n`
    : stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false })
}
