import { randomUUID } from 'node:crypto'
import { ProbeServer } from '../adapters/http/probe-server.ts'
import { EXIT } from '../adapters/process/run-process.ts'
import type { Scope } from '../adapters/process/scope.ts'
import { wait } from '../adapters/process/wait.ts'
import { createLogger } from '../adapters/telemetry/create-logger.ts'
import { ExporterMetrics } from '../adapters/telemetry/exporter-metrics.ts'
import { toggleLevelBySignal } from '../adapters/telemetry/level-by-signal.ts'
import { SignalsJournal } from '../core/signals/signals-journal.ts'
import { readConfig, readPipelineFiles } from './ask-thread.ts'
import { Observatory } from './observatory.ts'
import { PipelineFolder } from './pipeline-folder.ts'
import { Readiness } from './readiness.ts'
import { namespacePage, pipelinePage } from './signals-pages.ts'

/** How soon a pipeline that comes, changes or goes is noticed. */
const LIST_EVERY_MS = 1_000

const UNREADABLE = 'the folder with the pipelines cannot be read'

/** The exporter as a process: reads its settings, serves what it sees, looks at pipelines until it is told to stop. Gives the exit code. */
export async function runExporter(entry: string, scope: Scope, stop: AbortSignal): Promise<number> {
  const config = await readConfig(entry)
  const log = createLogger(config.logLevel, 'exporter')
  scope.use(toggleLevelBySignal(log), (end) => end())
  const metrics = new ExporterMetrics()
  const observatory = new Observatory({ ...config, everyMs: config.observeEveryMs, metrics, log })
  scope.use(observatory, (opened) => opened.stop())
  const journal = new SignalsJournal(randomUUID())
  const readiness = new Readiness(observatory)
  const server = new ProbeServer({
    port: config.httpPort,
    host: config.httpHost,
    readiness: () => readiness.reason,
    metrics: () => metrics.expose(observatory.withDemands, observatory.aims),
    pages: {
      '/signals': (_name, query) => namespacePage(journal, observatory.signals, query),
      '/signals/<pipeline>': (name, query) => pipelinePage(observatory, name, query),
    },
  })
  scope.use(server, (opened) => opened.close())
  log.info({ port: await server.listen() }, 'exporter serves')

  const folder = new PipelineFolder(config.pipelinesFolder, (files) => readPipelineFiles(entry, files))
  for (; !stop.aborted; await wait(LIST_EVERY_MS, stop)) {
    try {
      observatory.follow(await folder.changes())
      readiness.trouble = null
    } catch (error) {
      readiness.trouble = UNREADABLE
      log.warn({ error }, UNREADABLE)
    }
  }
  return EXIT.ok
}
