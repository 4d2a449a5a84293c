import { ProbeServer } from '../adapters/http/probe-server.ts'
import { MigrateError } from '../adapters/postgres/migrate-error.ts'
import { SupersededError } from '../adapters/postgres/revision-store.ts'
import { connectionUrl } from '../adapters/process/connection-url.ts'
import { EXIT } from '../adapters/process/run-process.ts'
import type { Scope } from '../adapters/process/scope.ts'
import { growSmallHeapFurther } from '../adapters/process/small-heap.ts'
import { createLogger, type Logger } from '../adapters/telemetry/create-logger.ts'
import { toggleLevelBySignal } from '../adapters/telemetry/level-by-signal.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import { createWorker, type Worker, type WorkerEnd } from './create-worker.ts'
import { watchFile } from './file-watch.ts'
import { readComposite } from './read-composite.ts'
import { readSettings } from './read-settings.ts'

/** The worker as a process: reads its settings, serves its probes, works until it is told to stop. Gives the exit code. */
export async function runWorker(entry: string, scope: Scope, stop: AbortSignal): Promise<number> {
  const { config, pipeline } = await readSettings(entry)
  const log = createLogger(config.logLevel, 'worker', { consumer: config.consumer })
  scope.use(toggleLevelBySignal(log), (end) => end())
  const worker = createWorker({
    pipeline,
    databaseUrl: connectionUrl(process.env, 'DATABASE_URL', config.databaseUrl),
    redisUrl: connectionUrl(process.env, 'REDIS_URL', config.redisUrl),
    consumer: config.consumer,
    log,
    awaitsComposite: config.compositeFile !== undefined,
    graceMs: config.drainMs,
  })
  const telemetry = await startTelemetry({
    environment: process.env,
    service: 'metrics-pipeline-worker',
    attributes: { 'service.instance.id': config.consumer, 'mp.pipeline': pipeline.pipeline.metadata.name },
    metrics: () => worker.metrics.registry.getMetricsAsJSON(),
    log,
  })
  scope.use(telemetry, (started) => started.stop())
  if (telemetry.isOn) growSmallHeapFurther()
  const server = new ProbeServer({
    port: config.httpPort,
    host: config.httpHost,
    readiness: () => (worker.state === 'running' ? worker.trouble : worker.state),
    metrics: () => worker.metrics.expose(),
  })
  scope.use(server, (opened) => opened.close())
  const port = await server.listen()
  const { compositeFile } = config
  if (compositeFile !== undefined) {
    const watching = scope.use(new AbortController(), (controller) => controller.abort())
    void watchFile(compositeFile, () => adoptComposite(compositeFile, worker, log), watching.signal)
  }
  return run(worker, stop, config.drainMs, (news) =>
    log.info({ port, pipeline: pipeline.pipeline.metadata.name }, news),
  )
}

async function adoptComposite(path: string, worker: Worker, log: Logger): Promise<void> {
  try {
    worker.adopt(await readComposite(path))
    log.info({ file: path }, 'the composite file was read')
  } catch (error) {
    log.warn({ error, file: path }, 'the composite file cannot be read: what it said before holds')
  }
}

type WorkerNews = 'worker reads' | 'worker drains' | `worker ${WorkerEnd}`

async function run(
  worker: Worker,
  stop: AbortSignal,
  drainMs: number,
  report: (news: WorkerNews) => void,
): Promise<number> {
  try {
    await worker.start()
  } catch (error) {
    if (!(error instanceof SupersededError || error instanceof MigrateError)) throw error
    process.stderr.write(`${error.message}\n`)
    return error instanceof SupersededError ? EXIT.superseded : EXIT.failed
  }
  report('worker reads')
  let drain: NodeJS.Timeout | undefined
  stop.addEventListener('abort', () => {
    report('worker drains')
    void worker.stop()
    drain = setTimeout(() => process.exit(EXIT.failed), drainMs).unref() // the grace period is over; what is not acknowledged stays pending
  })
  if (stop.aborted) await worker.stop()
  const end = await worker.ended.finally(() => clearTimeout(drain)) // telemetry that nobody takes is no failed drain
  report(`worker ${end}`)
  return end === 'superseded' ? EXIT.superseded : EXIT.ok
}
