import { spawn } from 'node:child_process'
import { expect } from 'vitest'
import type { NamespaceSignals, PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import { parseSignals } from '../../operator/parse-signals.ts'
import { eventually } from './eventually.ts'
import { parseMetricsText, type Samples } from './metrics-text.ts'
import { MountedFolder } from './mounted-folder.ts'
import type { PipelineOnServers } from './pipeline-on-servers.ts'
import { RunningProcess } from './running-process.ts'

type Connections = Partial<Pick<PipelineOnServers, 'databaseUrl' | 'redisUrl'>>

type Watched = Pick<PipelineOnServers, 'pipeline'> & Connections

/** An exporter as a process of its own, with the folders that the kubelet would mount for it. */
export class ExporterProcess implements AsyncDisposable {
  readonly pipelines: MountedFolder
  readonly connections: MountedFolder
  readonly #process: RunningProcess

  private constructor(
    pipelines: MountedFolder,
    connections: MountedFolder,
    main: string,
    environment: Readonly<Record<string, string>>,
  ) {
    this.pipelines = pipelines
    this.connections = connections
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        PIPELINES_DIR: pipelines.path,
        CONNECTIONS_DIR: connections.path,
        OBSERVE_SECONDS: '1',
        LOG_LEVEL: 'debug',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = new RunningProcess(child)
  }

  /** Serving by now, and looking at nothing yet but what is mounted at its start. `main` is the file to run. */
  static async start(
    main = 'exporter/main.ts',
    first?: Watched,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ExporterProcess> {
    const [pipelines, connections] =
      first === undefined ? [{}, {}] : [pipelineFiles(first), connectionFiles(nameOf(first), first)]
    const exporter = new ExporterProcess(
      await MountedFolder.create(pipelines),
      await MountedFolder.create(connections),
      main,
      environment,
    )
    await exporter.#process.saying(/"port":(\d+)/)
    return exporter
  }

  /** Has it look at a pipeline too; what it reaches it by may differ from how the test does. */
  async add(shops: Watched, connections: Connections = shops): Promise<void> {
    await this.connect(nameOf(shops), connections)
    await this.pipelines.change(pipelineFiles(shops))
  }

  async connect(name: string, connections: Connections): Promise<void> {
    await this.connections.change(connectionFiles(name, connections))
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const [, port] = await this.#process.saying(/"port":(\d+)/)
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: response.status, text: await response.text() }
  }

  /** As the operator understands them. */
  async signals(): Promise<NamespaceSignals['pipelines']> {
    const { pipelines } = JSON.parse((await this.get('/signals')).text) as NamespaceSignals
    return Object.fromEntries(Object.entries(pipelines).map(([name, said]) => [name, parseSignals(said)]))
  }

  /** What a look that began by now sees of a pipeline. */
  async seen(name: string): Promise<PipelineSignals> {
    const now = new Date().toISOString()
    return await eventually(async () => {
      const signals = (await this.signals())[name]
      if (signals === undefined || signals.observedAt < now) throw new Error(`${name} was not looked at:\n${this.log}`)
      return signals
    })
  }

  /** Resolves once a look sees this. */
  async sees(name: string, signals: unknown): Promise<void> {
    await eventually(async () => expect((await this.signals())[name]).toMatchObject(signals as object))
  }

  async samples(): Promise<Samples> {
    return parseMetricsText((await this.get('/metrics')).text).samples
  }

  /** Everything that it has logged so far. */
  get log(): string {
    return this.#process.output
  }

  /** Has a `WorkerClock` be read again. */
  readClock(): void {
    this.#process.kill('SIGHUP')
  }

  /** Has it log everything, or as much as before. */
  toggleLogLevel(): void {
    this.#process.kill('SIGUSR2')
  }

  /** As Kubernetes asks it to. Gives the exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM')
    return (await this.#process.ended).code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.ended
    await this.pipelines[Symbol.asyncDispose]()
    await this.connections[Symbol.asyncDispose]()
  }
}

function nameOf({ pipeline }: Watched): string {
  return pipeline.pipeline.metadata.name
}

function pipelineFiles(watched: Watched): Record<string, string> {
  return { [`${nameOf(watched)}.yaml`]: JSON.stringify(watched.pipeline.pipeline) } // JSON is YAML
}

function connectionFiles(name: string, { databaseUrl, redisUrl }: Connections): Record<string, string | undefined> {
  return { [`${name}/database-url`]: databaseUrl, [`${name}/redis-url`]: redisUrl }
}
