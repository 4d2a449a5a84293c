import { Command, InvalidArgumentError, Option } from 'commander'
import { loadPipeline } from '../../adapters/manifest/load-pipeline.ts'
import { isClean } from '../../adapters/postgres/parity-report.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { summaryLines } from '../../aggregator/summary.ts'
import { givenConnections } from '../connections.ts'
import { loadDemo } from '../demo/demo-load.ts'
import { Demonstration } from '../demo/demonstration.ts'
import { ExitWith } from '../exit-with.ts'
import { aborted, stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { LiveView } from '../top/live-view.ts'
import { LocalPipeline } from '../up/local-pipeline.ts'
import { readableLine } from '../up/readable-line.ts'
import { withFixedWorkers } from '../up/with-fixed-workers.ts'

const HELP = `
Starts the pipeline of examples/<example>.yaml as mp up does, plays its events, shows the rows follow them, runs the daily aggregation and
prints whether every row equals a recomputation from the facts. Nothing is left running.

Examples:
  make demo
  make demo EXAMPLE=airport-departures
  make demo DEMO=live          # stays up until Ctrl-C
  make demo DEMO=live RATE=500 # with that many events a second`

interface DemoFlags {
  readonly example: string
  readonly mode?: string
  readonly rate: number
  readonly seconds: number
  readonly workers?: number
}

const STATE_FOLDER = '.mp/demo'
const RATE = 100
const LIVE_SECONDS = 20

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description('Play an example on this machine and watch its metrics follow the events.')
    .addOption(new Option('--example <name>', 'a folder of examples/').env('EXAMPLE').makeOptionMandatory())
    .addOption(new Option('--mode <mode>', 'live: stay up until Ctrl-C').env('DEMO').argParser(mode))
    .addOption(new Option('--rate <n>', 'live events a second').env('RATE').argParser(whole).default(RATE))
    .addOption(
      new Option('--seconds <n>', 'seconds of live events, or of all events where there are no live ones')
        .argParser(whole)
        .default(LIVE_SECONDS),
    )
    .addOption(
      new Option('--workers <n>', 'worker processes, in place of one, or of as many as the backlog needs in live mode')
        .env('WORKERS')
        .argParser(whole),
    )
    .addHelpText('after', HELP)
    .action((flags: DemoFlags) => demonstrate(flags, terminal))
}

async function demonstrate(flags: DemoFlags, terminal: Terminal): Promise<void> {
  const stop = stopSignal()
  const path = `examples/${flags.example}.yaml`
  const load = await loadDemo(flags.example, {
    now: systemClock.now(),
    eventsPerSecond: flags.rate,
    seconds: flags.seconds,
  })
  if (load === undefined) {
    terminal.complain(`there is no example ${flags.example}; see examples/\n`)
    throw new ExitWith(2)
  }
  const loaded = await loadPipeline(path)
  const workers = flags.workers ?? (flags.mode === 'live' ? undefined : 1)
  const pipeline = workers === undefined ? loaded : withFixedWorkers(loaded, workers)
  const view = new LiveView(process.stdout, { wholeScreen: false })
  const local = new LocalPipeline({
    pipeline,
    path: pipeline === loaded ? path : undefined,
    ...givenConnections(),
    stateFolder: STATE_FOLDER,
    startOver: true,
    report: (message) => view.tell(message),
    onLine: (name, line) => reportTrouble(name, line, terminal),
  })
  await local.start(stop)
  try {
    if (!stop.aborted)
      await play(flags, new Demonstration(local, pipeline, load, view), pipeline.metricSet.entities, stop, terminal)
  } finally {
    view.close()
    terminal.write('stopping: workers drain, servers end\n')
    await local.stop()
  }
}

async function play(
  flags: DemoFlags,
  demonstration: Demonstration,
  entities: string | undefined,
  stop: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  await demonstration.open()
  try {
    await demonstration.playHistory(stop)
    await demonstration.playLive(flags.seconds, stop)
    if (stop.aborted) return
    const summary = await demonstration.aggregate(stop)
    terminal.write(`\n${summaryLines(summary, entities ?? 'entities').join('\n')}\n`)
    terminal.write(
      `${summary.parity.compared} live rows compared with a recomputation from the facts: ${summary.parity.mismatches} mismatches\n`,
    )
    terminal.write(whereToLook(flags.example))
    if (flags.mode === 'live') {
      terminal.write('staying up; Ctrl-C stops everything\n')
      await demonstration.playLive(Number.POSITIVE_INFINITY, stop)
      await aborted(stop) // an example may have nothing but history
    }
    if (!isClean(summary.parity)) throw new ExitWith(1)
  } finally {
    await demonstration.close()
  }
}

/** Dead letters are part of the demonstration, and counted in its view. */
function reportTrouble(name: string, line: string, terminal: Terminal): void {
  const readable = readableLine(line)
  if (readable !== undefined && !readable.includes('dead letters')) terminal.complain(`${name} | ${readable}\n`)
}

function whereToLook(example: string): string {
  const file = `examples/${example}.yaml`
  const places = [
    [file, 'the pipeline that just ran'],
    [`make demo EXAMPLE=${example} DEMO=live`, `the same, staying up; elsewhere: npx mp status -f ${file}`],
    [`make up EXAMPLE=${example}`, 'the pipeline alone, for events of your own: npx mp publish --help'],
    ['docs/tutorial.md', 'a metric set of your own, from nothing'],
  ] as const
  const width = Math.max(...places.map(([place]) => place.length))
  return [
    '',
    'Where to look next:',
    ...places.map(([place, what]) => `  ${place.padEnd(width)}   ${what}`),
    '',
    '',
  ].join('\n')
}

function mode(text: string): string | undefined {
  if (text === '' || text === 'once') return undefined
  if (text !== 'live') throw new InvalidArgumentError('write live, or leave it out.')
  return text
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('write a whole number of at least 1.')
  return Number(text)
}
