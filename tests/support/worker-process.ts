import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseMetricsText, type Samples } from './metrics-text.ts'
import { countEntries, type EntryCounts, type PipelineOnServers } from './pipeline-on-servers.ts'
import { Program } from './run-program.ts'

export interface WorkerWays {
  /** How this worker reaches the servers; default: straight. */
  readonly databaseUrl?: string
  readonly redisUrl?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Compiled once for all of a test run's workers. */
const COMPILE_CACHE = resolve('node_modules/.cache/compiled')

/** Several test files may start a dozen processes at once on two cores. */
const START_MS = 120_000

/** A worker as a process of its own: what a test does to it, and what it says about itself. */
export class WorkerProcess implements AsyncDisposable {
  readonly name: string
  readonly #program: Program
  #told = false

  private constructor(name: string, program: Program) {
    this.name = name
    this.#program = program
  }

  static async start(name: string, shops: PipelineOnServers, ways: WorkerWays = {}): Promise<WorkerProcess> {
    const { pipeline, databaseUrl, redisUrl } = { ...shops, ...ways }
    const program = await Program.start('worker/main.ts', { pipeline, databaseUrl, redisUrl }, [], {
      CONSUMER_NAME: name,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...ways.environment,
    })
    return new WorkerProcess(name, program)
  }

  get pid(): number {
    return this.#program.pid
  }

  get running(): boolean {
    return this.#program.running
  }

  /** Whether a test has ended it, or asked it to end. */
  get wasTold(): boolean {
    return this.#told
  }

  /** Everything that it has logged so far. */
  get log(): string {
    return this.#program.output
  }

  /** Resolves once it reads. */
  async reads(): Promise<void> {
    await this.#program.saying(/"msg":"worker reads"/, { withinMs: START_MS })
  }

  /** kill -9: it finishes nothing. */
  async kill(): Promise<void> {
    this.#told = true
    this.#program.kill('SIGKILL')
    await this.#program.ended
  }

  /** Resolves once it has died of what a test gave it. */
  async died(): Promise<void> {
    this.#told = true
    await this.#program.ended
  }

  /** Stops all of it in the middle of whatever it does, while its connections stay open. */
  freeze(): void {
    this.#program.kill('SIGSTOP')
  }

  thaw(): void {
    this.#program.kill('SIGCONT')
  }

  /** Has it look at its clock's offset again. */
  readClock(): void {
    this.#program.kill('SIGHUP')
  }

  /** Has it log everything, or as much as before. */
  toggleLogLevel(): void {
    this.#program.kill('SIGUSR2')
  }

  /** As Kubernetes asks it to. Gives the exit code. */
  async stop(): Promise<number | null> {
    this.#told = true
    this.#program.kill('SIGTERM')
    return (await this.#program.ended).code
  }

  /** What it answers when it is asked whether it is ready. */
  async readiness(): Promise<string> {
    return (await this.#get('/readyz')).trim()
  }

  /** What it tells Prometheus. */
  scrape(): Promise<string> {
    return this.#get('/metrics')
  }

  async samples(): Promise<Samples> {
    return parseMetricsText(await this.scrape()).samples
  }

  async counts(): Promise<EntryCounts> {
    return countEntries([await this.scrape()])
  }

  /** The most memory that it ever held, in bytes; where the system does not tell, what it holds now. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '')
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
    if (kilobytes !== undefined) return Number(kilobytes) * 1_024
    return (await this.samples()).get('process_resident_memory_bytes') ?? Number.NaN
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }

  async #get(path: string): Promise<string> {
    const [, port] = await this.#program.saying(/"port":(\d+)/)
    return (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  }
}
