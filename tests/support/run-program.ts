import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PipelineOnServers } from './pipeline-on-servers.ts'
import { type Ended, RunningProcess } from './running-process.ts'

/** One of the project's programs as a process of its own, at work on a pipeline of a test. */
export class Program extends RunningProcess implements AsyncDisposable {
  private constructor(folder: string, child: ChildProcess) {
    super(child)
    child.once('close', () => rmSync(folder, { recursive: true, force: true }))
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.ended
  }
}

/** Starts a program and waits for its end. */
export async function runProgram(...given: Parameters<typeof Program.start>): Promise<Ended> {
  await using program = await Program.start(...given)
  return await program.ended
}
