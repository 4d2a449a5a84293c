import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { PipelineOnServers } from './pipeline-on-servers.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** One of the project's programs as a process of its own, at work on a pipeline of a test. */
export class Program implements AsyncDisposable {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder
    this.#child = child
    this.ended = outcome(child)
  }

  /** `main` is the file that is run: `aggregator/main.ts`. */
  static async start(
    main: string,
    { pipeline, databaseUrl, redisUrl }: Pick<PipelineOnServers, 'pipeline' | 'databaseUrl' | 'redisUrl'>,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Program> {
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-program-'))
    const file = join(folder, 'pipeline.yaml')
    await writeFile(file, JSON.stringify(pipeline.pipeline)) // JSON is YAML
    const child = spawn(process.execPath, [main, ...args], {
      env: {
        PATH: process.env['PATH'],
        PIPELINE_FILE: file,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Program(folder, child)
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Starts a program and waits for its end. */
export async function runProgram(...given: Parameters<typeof Program.start>): Promise<Ended> {
  await using program = await Program.start(...given)
  return await program.ended
}

async function outcome(child: ChildProcess): Promise<Ended> {
  const streams = [child.stdout, child.stderr] as const
  const [out, err] = await Promise.all([
    ...streams.map((stream) => text(stream as NodeJS.ReadableStream)),
    once(child, 'close'),
  ])
  return { code: child.exitCode, out: out as string, err: err as string }
}
