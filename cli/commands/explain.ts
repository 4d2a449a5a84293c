import { Command, Option } from 'commander'
import { ConfigurationError } from '../../adapters/process/run-process.ts'
import { explainCluster } from '../explain/explain-cluster.ts'
import type { InCluster } from '../open-cluster.ts'
import { readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'
import { explainLocal } from '../up/explain-local.ts'

const HELP = `
With a name it asks the cluster of your kubeconfig, as kubectl does, and needs the rights to get metricspipelines and to list events.
With a file it tells of the pipeline that mp up runs in this folder.

Examples:
  mp explain airport-departures -n metrics
  mp explain airport-departures -o json | jq -r .status.reason
  mp explain -f pipeline.yaml
  mp explain -f pipeline.yaml -o json | jq .decision.inputs`

interface Flags extends InCluster {
  readonly filename?: string
  readonly output: 'text' | 'json'
}

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Say why a pipeline has as many workers as it has, and what would change it.')
    .argument('[name]', 'of the MetricsPipeline in a cluster')
    .option('-n, --namespace <name>', "the pipeline's namespace; left out, that of the context")
    .option('--context <name>', 'a context of the kubeconfig other than the current one')
    .addOption(new Option('-f, --filename <file>', 'the file of a pipeline that mp up runs here').env('PIPELINE_FILE'))
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, flags: Flags) => {
      terminal.write(await explain(name, flags, terminal))
    })
}

async function explain(name: string | undefined, { filename, output, ...where }: Flags, terminal: Terminal) {
  if (name !== undefined) return await explainCluster(name, where, output)
  if (filename !== undefined) return explainLocal(await readPipeline(filename, terminal), output)
  throw new ConfigurationError([
    'say which pipeline: its name in a cluster, or -f and its file for one that mp up runs',
  ])
}
