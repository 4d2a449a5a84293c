import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Cron } from 'croner'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { connectionFile } from '../../adapters/process/connection-url.ts'
import { Scope } from '../../adapters/process/scope.ts'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import { freePort } from '../../adapters/process/servers/free-port.ts'
import { wait } from '../../adapters/process/wait.ts'
import {
  type EnvironmentValue,
  instanceOf,
  type Plan,
  type PlannedProcess,
  planPipeline,
} from '../../core/pipeline/plan.ts'
import { LocalProcess } from './local-process.ts'
import { probeWorker } from './probe-worker.ts'
import { deleteStreams, dropSchema } from './start-over.ts'
import { pipelineFolder, STATE_FOLDER, writeLocalState } from './state-folder.ts'

export interface LocalPipelineOptions {
  readonly pipeline: LoadedPipeline
  /** The pipeline file; undefined when it came from standard input. */
  readonly path: string | undefined
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Overrides `spec.workers.replicas`. */
  readonly workers: number | undefined
  /** Where servers started here keep their data. Default: `.mp`. */
  readonly stateFolder?: string
  /** Begin with an empty database and empty streams where the servers are started here. */
  readonly startOver?: boolean
  readonly report: (message: string) => void
  readonly onLine?: (process: string, line: string) => void
}

/** Ends the start of a pipeline; the message says which process failed and where its log is. */
export class LocalPipelineError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LocalPipelineError'
  }
}

const READY_POLL_MS = 50

interface RunningWorker {
  readonly process: LocalProcess
  readonly port: number
  /** Aborted when it is not started again. */
  readonly ended: AbortSignal
}

/** Carries out a pipeline's plan as processes of this machine, with servers of its own where no connection is given. */
export class LocalPipeline {
  readonly #options: LocalPipelineOptions
  readonly #scope = new Scope()
  readonly #stop = new AbortController()
  readonly #kept: Promise<void>[] = []
  readonly #workers: RunningWorker[] = []
  #databaseUrl = ''
  #redisUrl = ''
  #pipelineFile = ''

  constructor(options: LocalPipelineOptions) {
    this.#options = options
  }

  get databaseUrl(): string {
    return this.#databaseUrl
  }

  get redisUrl(): string {
    return this.#redisUrl
  }

  get workers(): readonly RunningWorker[] {
    return this.#workers
  }

  /** Servers, migration, workers, schedules, in this order; resolves once the workers read. On failure everything that was started is stopped again. */
  async start(stop: AbortSignal): Promise<void> {
    stop.addEventListener('abort', () => this.#stop.abort(), { once: true })
    try {
      await this.#openServers()
      const { metadata, spec } = this.#options.pipeline.pipeline
      const plan = planPipeline(metadata.name, this.#withWorkers(spec))
      for (const planned of plan.processes.filter((each) => each.runs.when === 'first')) await this.#runFirst(planned)
      if (plan.suspended) this.#options.report(`${plan.pipeline} is suspended: no worker reads, nothing is scheduled`)
      else await this.#startProcesses(plan)
      this.#writeState()
      await Promise.all(this.#workers.map((worker) => this.#ready(worker)))
    } catch (error) {
      await this.stop()
      if (!stop.aborted) throw error // asked to stop while starting: that is no failure
    }
  }

  async #startProcesses({ processes }: Plan): Promise<void> {
    for (const planned of processes.filter((each) => each.runs.when === 'always')) await this.#keepRunning(planned)
    for (const planned of processes) this.#schedule(planned)
  }

  /** Drains the workers, then stops the servers that were started. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#kept)
    await this.#scope.close()
  }

  async #openServers(): Promise<void> {
    const {
      report,
      databaseUrl,
      redisUrl,
      path,
      pipeline,
      stateFolder = STATE_FOLDER,
      startOver = false,
    } = this.#options
    const signal = this.#stop.signal
    const postgres = await openPostgres({
      url: databaseUrl,
      dataDir: join(stateFolder, 'postgres'),
      log: report,
      signal,
    })
    this.#scope.use(postgres, (opened) => opened.stop())
    const redis = await openRedis({ url: redisUrl, dataDir: join(stateFolder, 'redis'), log: report, signal })
    this.#scope.use(redis, (opened) => opened.stop())
    const from = (url: string | undefined) => (url === undefined ? 'started here' : 'as given')
    report(`PostgreSQL ${postgres.version} (${from(databaseUrl)}), Redis ${redis.version} (${from(redisUrl)})`)
    this.#databaseUrl = postgres.url
    this.#redisUrl = redis.url
    if (startOver && databaseUrl === undefined) await dropSchema(postgres.url, pipeline.pipeline.spec.database.schema)
    if (startOver && redisUrl === undefined) await deleteStreams(redis.url, pipeline.settings.streams)
    this.#writeState()
    this.#pipelineFile = path === undefined ? writePipelineFile(pipeline) : resolve(path)
  }

  #withWorkers(spec: LoadedPipeline['pipeline']['spec']): LoadedPipeline['pipeline']['spec'] {
    const { workers } = this.#options
    return workers === undefined ? spec : { ...spec, workers: { ...spec.workers, replicas: workers } }
  }

  async #runFirst(planned: PlannedProcess): Promise<void> {
    const { name, arguments: args } = instanceOf(planned, 0)
    const lines: string[] = []
    const first = this.#process(planned, name, args, 0, (line) => lines.push(line))
    const code = await first.runOnce(this.#stop.signal)
    this.#stop.signal.throwIfAborted()
    if (code !== 0) throw new LocalPipelineError(`${name} failed:\n${lines.slice(-20).join('\n')}`)
    for (const line of lines) this.#options.report(line)
  }

  async #keepRunning(planned: PlannedProcess): Promise<void> {
    for (let index = 0; index < planned.count; index += 1) {
      const { name, arguments: args } = instanceOf(planned, index)
      const port = await freePort()
      const kept = this.#process(planned, name, args, port)
      const ended = new AbortController()
      this.#workers.push({ process: kept, port, ended: ended.signal })
      this.#kept.push(kept.keepRunning(this.#stop.signal).finally(() => ended.abort()))
    }
    this.#options.report(`${planned.name}: ${planned.count} started, logs in ${this.#logFolder}`)
  }

  async #ready({ port, ended }: RunningWorker): Promise<void> {
    while (!ended.aborted && (await probeWorker(port)) !== 'ready') await wait(READY_POLL_MS, ended)
  }

  #schedule(planned: PlannedProcess): void {
    const { runs } = planned
    if (runs.when !== 'scheduled') return
    const job = new Cron(runs.schedule, { timezone: runs.timeZone, protect: true, unref: true }, () =>
      this.runScheduled(planned),
    )
    this.#stop.signal.addEventListener('abort', () => job.stop(), { once: true })
    this.#options.report(`${planned.name}: next at ${job.nextRun()?.toISOString() ?? 'no time at all'}`)
  }

  /** Runs all shards of a scheduled process side by side, now. */
  async runScheduled(planned: PlannedProcess): Promise<void> {
    const instances = Array.from({ length: planned.count }, (_, index) => instanceOf(planned, index))
    const codes = await Promise.all(
      instances.map(({ name, arguments: args }) => this.#process(planned, name, args, 0).runOnce(this.#stop.signal)),
    )
    const failed = codes.filter((code) => code !== 0).length
    this.#options.report(
      `${planned.name}: ${failed === 0 ? 'done' : `${failed} of ${codes.length} failed`}, logs in ${this.#logFolder}`,
    )
  }

  #process(
    planned: PlannedProcess,
    name: string,
    args: readonly string[],
    port: number,
    onLine?: (line: string) => void,
  ): LocalProcess {
    return new LocalProcess({
      name,
      program: planned.program,
      arguments: args,
      environment: this.#environment(planned.environment, name, port),
      logFolder: this.#logFolder,
      report: this.#options.report,
      onLine: (line) => (onLine === undefined ? this.#options.onLine?.(name, line) : onLine(line)),
    })
  }

  #environment(planned: PlannedProcess['environment'], name: string, port: number): Record<string, string> {
    const resolved = (value: EnvironmentValue): string => {
      if ('value' in value) return value.value
      switch (value.from) {
        case 'pipeline-file':
          return this.#pipelineFile
        case 'process-name':
          return name
        case 'http-port':
          return String(port)
        case 'database-url':
          return this.#databaseUrl
        case 'redis-url':
          return this.#redisUrl
      }
    }
    return Object.fromEntries(
      Object.entries(planned).map(([variable, value]) => {
        const file = this.#givenAsFile(variable, value)
        return file === undefined ? [variable, resolved(value)] : [`${variable}_FILE`, resolve(file)]
      }),
    )
  }

  /** The file that a connection was given as: processes read it again, for it may change. */
  #givenAsFile(variable: string, value: EnvironmentValue): string | undefined {
    const { databaseUrl, redisUrl } = this.#options
    const source = 'from' in value ? value.from : undefined
    const given = source === 'database-url' ? databaseUrl : source === 'redis-url' ? redisUrl : undefined
    return given === undefined ? undefined : connectionFile(process.env, variable)
  }

  get #logFolder(): string {
    return join(pipelineFolder(this.#options.pipeline.pipeline.metadata.name), 'logs')
  }

  #writeState(): void {
    writeLocalState(this.#options.pipeline.pipeline.metadata.name, {
      databaseUrl: this.#databaseUrl,
      redisUrl: this.#redisUrl,
      supervisor: process.pid,
      workers: this.#workers.map(({ process: worker, port }) => ({ name: worker.name, port })),
    })
  }
}

/** JSON is YAML: processes read it as they would read the file it never was. */
function writePipelineFile({ pipeline }: LoadedPipeline): string {
  const path = join(pipelineFolder(pipeline.metadata.name), 'pipeline.yaml')
  writeFileSync(path, JSON.stringify(pipeline, null, 2))
  return path
}
