import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Cron } from 'croner'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { connectionUrl } from '../../adapters/process/connection-url.ts'
import { Scope } from '../../adapters/process/scope.ts'
import { instanceOf, type Plan, type PlannedProcess, planPipeline, type Runs } from '../../core/pipeline/plan.ts'
import { LocalAutoscaler } from './local-autoscaler.ts'
import { LocalProcess } from './local-process.ts'
import { openServers, type ServerOptions } from './local-servers.ts'
import { processEnvironment } from './process-environment.ts'
import { type LocalScaling, pipelineFolder, writeLocalState } from './state-folder.ts'
import { type FleetWorker, WorkerFleet } from './worker-fleet.ts'

export interface LocalPipelineOptions extends ServerOptions {
  readonly pipeline: LoadedPipeline
  /** The file that says this pipeline; undefined where none does. */
  readonly path: string | undefined
  readonly onLine?: (process: string, line: string) => void
}

/** Ends the start of a pipeline; the message says which process failed and where its log is. */
export class LocalPipelineError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LocalPipelineError'
  }
}

/** Carries out a pipeline's plan as processes of this machine, with servers of its own where no connection is given. */
export class LocalPipeline {
  readonly #options: LocalPipelineOptions
  readonly #scope = new Scope()
  readonly #stop = new AbortController()
  readonly #logFolder: string
  #fleet: WorkerFleet | undefined
  #scaling: LocalScaling | undefined
  #servers = { databaseUrl: '', redisUrl: '' }
  #pipelineFile = ''
  #compositeFile = ''

  constructor(options: LocalPipelineOptions) {
    this.#options = options
    this.#logFolder = join(pipelineFolder(options.pipeline.pipeline.metadata.name), 'logs')
  }

  get databaseUrl(): string {
    return this.#servers.databaseUrl
  }

  get redisUrl(): string {
    return this.#servers.redisUrl
  }

  get workers(): readonly FleetWorker[] {
    return this.#fleet?.workers ?? []
  }

  /** Servers, migration, workers, schedules, in this order; resolves once the workers read. On failure everything that was started is stopped again. */
  async start(stop: AbortSignal): Promise<void> {
    stop.addEventListener('abort', () => this.#stop.abort(), { once: true })
    try {
      await this.#openServers()
      const { metadata, spec } = this.#options.pipeline.pipeline
      const plan = planPipeline(metadata.name, spec)
      for (const planned of plan.processes.filter((each) => each.runs.when === 'first')) await this.#runFirst(planned)
      if (plan.suspended) this.#options.report(`${plan.pipeline} is suspended: no worker reads, nothing is scheduled`)
      else await this.#startProcesses(plan)
    } catch (error) {
      await this.stop()
      if (!stop.aborted) throw error // asked to stop while starting: that is no failure
    }
  }

  /** Drains the workers, then stops the servers that were started. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#scope.close()
  }

  async #openServers(): Promise<void> {
    const { pipeline, path } = this.#options
    this.#servers = await openServers(pipeline, this.#options, this.#scope, this.#stop.signal)
    this.#writeState()
    this.#pipelineFile = path === undefined ? writePipelineFile(pipeline) : resolve(path)
    this.#compositeFile = writeCompositeFile(pipeline)
  }

  async #runFirst(planned: PlannedProcess): Promise<void> {
    const lines: string[] = []
    const first = this.#process(planned, 0, { onLine: (line) => lines.push(line) })
    const code = await first.runOnce(this.#stop.signal)
    this.#stop.signal.throwIfAborted()
    if (code !== 0) throw new LocalPipelineError(`${first.name} failed:\n${lines.slice(-20).join('\n')}`)
    for (const line of lines) this.#options.report(line)
  }

  async #startProcesses({ processes }: Plan): Promise<void> {
    for (const planned of processes) {
      if (planned.runs.when === 'always') await this.#startFleet(planned)
      if (planned.runs.when === 'scheduled') this.#schedule(planned, planned.runs)
    }
    await this.#fleet?.ready()
    if (this.#fleet !== undefined) this.#autoscale(this.#fleet)
  }

  async #startFleet(planned: PlannedProcess): Promise<void> {
    this.#stop.signal.throwIfAborted()
    const fleet = new WorkerFleet({
      create: (index, port) => this.#process(planned, index, { port }),
      onChange: () => this.#writeState(),
    })
    this.#fleet = this.#scope.use(fleet, (each) => each.stop())
    this.#stop.signal.addEventListener('abort', () => void fleet.stop(), { once: true })
    await fleet.scaleTo(planned.count)
    this.#options.report(`${planned.name}: ${planned.count} started, logs in ${this.#logFolder}`)
  }

  /** In mode Advisory it only says what it would do. */
  #autoscale(fleet: WorkerFleet): void {
    const { pipeline, report } = this.#options
    const { mode } = pipeline.settings.scaling
    if (mode === 'Off' || mode === 'External') return
    const autoscaler = new LocalAutoscaler({
      pipeline,
      connections: {
        redis: () => connectionUrl(process.env, 'REDIS_URL', this.redisUrl),
        database: () => connectionUrl(process.env, 'DATABASE_URL', this.databaseUrl),
      },
      fleet,
      report,
      onDecision: (scaling) => {
        this.#scaling = scaling
        this.#writeState()
      },
    })
    this.#scope.use(autoscaler.run(this.#stop.signal), (running) => running)
  }

  #schedule(planned: PlannedProcess, { schedule, timeZone }: Extract<Runs, { when: 'scheduled' }>): void {
    const job = new Cron(schedule, { timezone: timeZone, protect: true, unref: true }, () => this.runScheduled(planned))
    this.#stop.signal.addEventListener('abort', () => job.stop(), { once: true })
    this.#options.report(`${planned.name}: next at ${job.nextRun()?.toISOString() ?? 'no time at all'}`)
  }

  /** Runs all shards of a scheduled process side by side, now. */
  async runScheduled(planned: PlannedProcess): Promise<void> {
    const instances = Array.from({ length: planned.count }, (_, index) => this.#process(planned, index))
    const codes = await Promise.all(instances.map((instance) => instance.runOnce(this.#stop.signal)))
    const failed = codes.filter((code) => code !== 0).length
    this.#options.report(
      `${planned.name}: ${failed === 0 ? 'done' : `${failed} of ${codes.length} failed`}, logs in ${this.#logFolder}`,
    )
  }

  #process(
    planned: PlannedProcess,
    index: number,
    { port = 0, onLine }: { readonly port?: number; readonly onLine?: (line: string) => void } = {},
  ): LocalProcess {
    const { name, arguments: args } = instanceOf(planned, index)
    const { report, databaseUrl, redisUrl } = this.#options
    const values = {
      ...this.#servers,
      pipelineFile: this.#pipelineFile,
      compositeFile: this.#compositeFile,
      given: { databaseUrl, redisUrl },
    }
    return new LocalProcess({
      name,
      program: planned.program,
      arguments: args,
      environment: processEnvironment(planned.environment, { name, port }, values),
      logFolder: this.#logFolder,
      report,
      onLine: onLine ?? ((line) => this.#options.onLine?.(name, line)),
    })
  }

  #writeState(): void {
    writeLocalState(this.#options.pipeline.pipeline.metadata.name, {
      ...this.#servers,
      supervisor: process.pid,
      workers: this.workers.map(({ name, port }) => ({ name, port })),
      ...(this.#scaling !== undefined && { scaling: this.#scaling }),
    })
  }
}

/** JSON is YAML: processes read it as they would read the file it never was. */
function writePipelineFile({ pipeline }: LoadedPipeline): string {
  const path = join(pipelineFolder(pipeline.metadata.name), 'pipeline.yaml')
  writeFileSync(path, JSON.stringify(pipeline, null, 2))
  return path
}

/** When the score is calculated, as a cluster would tell the workers. */
function writeCompositeFile({ pipeline, settings }: LoadedPipeline): string {
  const path = join(pipelineFolder(pipeline.metadata.name), 'composite.json')
  if (settings.composite !== undefined) writeFileSync(path, JSON.stringify(settings.composite))
  return path
}
