import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigurationError } from '../../adapters/process/run-process.ts'
import { parseDurationMs } from '../../core/time/duration.ts'
import type { InCluster } from '../open-cluster.ts'
import { readPipeline } from '../read-pipeline.ts'
import { stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { ClusterSource } from '../top/cluster-source.ts'
import { LocalSource } from '../top/local-source.ts'
import type { TopSource } from '../top/top-source.ts'
import { watchPipeline } from '../top/watch-pipeline.ts'

const HELP = `
With a name it asks the cluster of your kubeconfig, and through its API server the pipeline's workers and the exporter of its namespace. It needs
the rights to get metricspipelines, to list pods and to get pods/proxy; without the latter two it shows what the status says, and tells so.
With a file it looks at the servers of the pipeline and at the workers that mp up runs for it in this folder.
What is unknown is told as unknown, never as 0. Freshness is that of the events of the last minute.
On a terminal the view is drawn anew at each look, until Ctrl-C; elsewhere each look is one line. NO_COLOR leaves the colours out.

Examples:
  mp top airport-departures -n metrics
  mp top -f pipeline.yaml
  mp top -f pipeline.yaml --once
  mp top -f pipeline.yaml --json | jq .backlog`

interface Flags extends InCluster {
  readonly filename?: string
  readonly interval: number
  readonly once?: true
  readonly output: 'text' | 'json'
}

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Watch a pipeline: throughput, backlog, freshness, workers, dead letters, the last aggregation.')
    .argument('[name]', 'of the MetricsPipeline in a cluster')
    .option('-n, --namespace <name>', "the pipeline's namespace; left out, that of the context")
    .option('--context <name>', 'a context of the kubeconfig other than the current one')
    .addOption(new Option('-f, --filename <file>', 'the file of a pipeline that runs here').env('PIPELINE_FILE'))
    .addOption(new Option('-i, --interval <duration>', 'how often to look').argParser(interval).default(2_000, '2s'))
    .option('--once', 'look twice, an interval apart, tell all that there is and end')
    .addOption(new Option('-o, --output <format>', 'the output format').choices(['text', 'json']).default('text'))
    .addOption(new Option('--json', 'the same as -o json: one object a line for each look').implies({ output: 'json' }))
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, flags: Flags) => {
      const { interval: everyMs, once = false, output } = flags
      const stop = stopSignal()
      const source = await openSource(name, flags, terminal)
      try {
        await watchPipeline(source, { everyMs, once, isJson: output === 'json' }, terminal, stop)
      } finally {
        await source.close()
      }
    })
}

async function openSource(name: string | undefined, flags: Flags, terminal: Terminal): Promise<TopSource> {
  if (name !== undefined) return new ClusterSource(name, flags)
  if (flags.filename !== undefined) return new LocalSource(await readPipeline(flags.filename, terminal), flags.interval)
  throw new ConfigurationError(['say which pipeline: its name in a cluster, or -f and its file'])
}

const SHORTEST_MS = 500
const LONGEST_MS = 3_600_000

function interval(text: string): number {
  const ms = parseDurationMs(text)
  if (ms === undefined || ms < SHORTEST_MS || ms > LONGEST_MS)
    throw new InvalidArgumentError('write a duration from 500ms to 1h, such as 5s.')
  return ms
}
