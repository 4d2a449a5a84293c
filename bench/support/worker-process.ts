import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { CumulativeHistogram } from '../../core/numbers/histogram.ts'
import { cpuSecondsOf, type Memory, memoryOf } from './process-usage.ts'

/** Small heaps before fast ones: V8 collects early, glibc gives freed memory back. No limit, for one large entry must not end a worker. */
export const SMALL_HEAP = ['--memory-saver-mode', '--max-semi-space-size=1']
export const SMALL_HEAP_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
}

/** As tools/build/worker-start.sh has them. */
const HEAPS = {
  small: { flags: SMALL_HEAP, environment: SMALL_HEAP_ENVIRONMENT },
  large: { flags: ['--max-semi-space-size=16'], environment: { MALLOC_ARENA_MAX: '1' } },
} as const

export interface WorkerProcessOptions {
  readonly pipelineFile: string
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Default: `bench`. */
  readonly consumer?: string
  /** Default: small. As the image has it by `WORKER_HEAP`. */
  readonly heap?: keyof typeof HEAPS
  readonly environment?: Readonly<Record<string, string>>
}

/** The bundled worker (`dist/worker.mjs`) as a process of its own, as the image would run it. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  /** Resolves once it reads. */
  static async start({
    pipelineFile,
    databaseUrl,
    redisUrl,
    consumer = 'bench',
    heap = 'small',
    environment = {},
  }: WorkerProcessOptions): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [...HEAPS[heap].flags, 'dist/worker.mjs'], {
      env: {
        ...process.env,
        ...HEAPS[heap].environment,
        PIPELINE_FILE: pipelineFile,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        CONSUMER_NAME: consumer,
        LOG_LEVEL: 'info',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the worker ended with code ${code} before it read`)))
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        const { msg, port: listening } = JSON.parse(line) as { msg: string; port?: number }
        if (msg === 'worker reads' && listening !== undefined) resolve(listening)
        else if (msg !== 'worker drains' && msg !== 'worker stopped' && msg !== 'telemetry is sent')
          process.stderr.write(`${line}\n`)
      })
    })
    return new WorkerProcess(child, port)
  }

  /** Samples of one metric by its labels' text, such as `{outcome="persisted"}`. */
  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text()
    const samples = [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? ([^ \\n]+)$`, 'gm'))]
    return new Map(samples.map(([, labels = '', value]) => [labels, Number(value)]))
  }

  async histogram(name: string): Promise<CumulativeHistogram> {
    const buckets = await this.metric(`${name}_bucket`)
    return new Map(
      [...buckets].map(([labels, count]) => [
        Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity')),
        count,
      ]),
    )
  }

  memory(): Memory {
    return memoryOf(this.#child.pid!)
  }

  /** Seconds of processor time so far. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.#child.pid!)
  }

  /** It stands still until it is thawed, or ended. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    this.thaw()
    await exited
  }
}

/** So many of them on one pipeline, each under a name of its own. */
export function startFleet(
  workers: number,
  { redisUrl }: Pick<WorkerProcessOptions, 'redisUrl'>,
  { file: pipelineFile, databaseUrl }: { readonly file: string; readonly databaseUrl: string },
): Promise<readonly WorkerProcess[]> {
  const start = (_: unknown, i: number) =>
    WorkerProcess.start({ pipelineFile, databaseUrl, redisUrl, consumer: `bench-${i}` })
  return Promise.all(Array.from({ length: workers }, start))
}
