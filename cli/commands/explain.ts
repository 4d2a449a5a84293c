import { Command, Option } from 'commander'
import { ConfigurationError } from '../../adapters/process/run-process.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'
import { explainFixed, explainScaling } from '../up/explain-scaling.ts'
import { readLocalState } from '../up/state-folder.ts'

const HELP = `
Tells of the pipeline that mp up runs in this folder.

Examples:
  mp explain -f pipeline.yaml
  mp explain -f pipeline.yaml -o json | jq .decision.inputs`

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Explain why a pipeline has as many workers as it has.')
    .addOption(filenameOption())
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async ({ filename, output }: { filename: string; output: 'text' | 'json' }) => {
      const { pipeline } = await readPipeline(filename, terminal)
      const { name } = pipeline.metadata
      const state = readLocalState(name)
      if (state === undefined)
        throw new ConfigurationError([`no mp up for the pipeline ${name} runs in this folder; start mp up`])
      const { scaling = null } = state
      if (output === 'json') return terminal.write(`${JSON.stringify(scaling, null, 2)}\n`)
      terminal.write(
        scaling === null ? explainFixed(name, state.workers.length, pipeline.spec) : explainScaling(name, scaling),
      )
    })
}
