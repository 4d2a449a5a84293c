import { Command, InvalidArgumentError } from 'commander'
import { givenConnections } from '../connections.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import { aborted, stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { LocalPipeline } from '../up/local-pipeline.ts'
import { readableLine } from '../up/readable-line.ts'
import { withFixedWorkers } from '../up/with-fixed-workers.ts'

const HELP = `
Runs the same plan that a cluster would: migrates, keeps the workers running, starts the aggregation and the day roll on their schedules.
DATABASE_URL and REDIS_URL name servers to use; without them PostgreSQL and Redis are started here, with their data in .mp/.
As many workers run as the backlog needs, within the bounds of spec.workers.scaling: none while there is nothing to do. mp explain tells why.
A pipeline with suspend: true is only migrated. Ctrl-C drains the workers and stops everything.

Examples:
  mp up -f examples/airport-departures.yaml
  mp up -f pipeline.yaml --workers 4
  DATABASE_URL=postgres://me@localhost/metrics REDIS_URL=redis://localhost mp up -f pipeline.yaml`

interface UpFlags {
  readonly filename: string
  readonly workers?: number
}

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Run a pipeline on this machine.')
    .addOption(filenameOption())
    .option('--workers <n>', 'so many worker processes, whatever the backlog', workerCount)
    .addHelpText('after', HELP)
    .action(async ({ filename, workers }: UpFlags) => {
      const stop = stopSignal()
      const read = await readPipeline(filename, terminal)
      const pipeline = workers === undefined ? read : withFixedWorkers(read, workers)
      const local = new LocalPipeline({
        pipeline,
        path: filename === '-' || pipeline !== read ? undefined : filename,
        ...givenConnections(),
        report: (message) => terminal.write(`${message}\n`),
        onLine: (name, line) => {
          const readable = readableLine(line)
          if (readable !== undefined) terminal.write(`${name} | ${readable}\n`)
        },
      })
      stop.addEventListener('abort', () => terminal.write('stopping: workers drain\n'))
      await local.start(stop)
      if (!stop.aborted) terminal.write(`${pipeline.pipeline.metadata.name} is up; Ctrl-C stops it\n`)
      await aborted(stop)
      await local.stop()
    })
}

function workerCount(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) < 1 || Number(text) > 64)
    throw new InvalidArgumentError('write a number from 1 to 64.')
  return Number(text)
}
