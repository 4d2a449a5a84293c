import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkerProcess } from './worker-process.ts'

const PRELOAD = new URL('preloads/shifted-clock.ts', import.meta.url).href

/** The wall clock of a worker process, or of another, which a test can set wrong. */
export class WorkerClock implements AsyncDisposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Off by so much from the start. */
  static async offBy(ms: number): Promise<WorkerClock> {
    const clock = new WorkerClock(await mkdtemp(join(tmpdir(), 'metrics-pipeline-clock-')))
    await writeFile(clock.#file, String(ms))
    return clock
  }

  /** What a worker has to be started with to live by this clock. */
  get environment(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${PRELOAD}`, CLOCK_OFFSET_FILE: this.#file }
  }

  /** Steps. */
  async set(worker: Pick<WorkerProcess, 'readClock'>, offByMs: number): Promise<void> {
    await writeFile(this.#file, String(offByMs))
    worker.readClock()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }

  get #file(): string {
    return join(this.#folder, 'offset')
  }
}
