import { join } from 'node:path'
import { GuardedProcess } from '../../adapters/process/servers/guarded-process.ts'
import { userCacheFolder } from '../../adapters/process/servers/user-cache-folder.ts'
import { wait } from '../../adapters/process/wait.ts'
import { backoffMs } from '../../core/time/backoff.ts'
import { openProcessLog } from './process-log.ts'
import { type ProgramName, programFile } from './program-file.ts'

export interface LocalProcessOptions {
  readonly name: string
  readonly program: ProgramName
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly logFolder: string
  readonly report: (message: string) => void
  /** Told every line the process says, beside its log. */
  readonly onLine?: (line: string) => void
}

/** Compiled once for all: a worker that is woken then starts in half the time. */
const COMPILED = join(userCacheFolder(), 'compiled')

/** Long enough alive to count as a good start: the next restart is prompt again. */
const SETTLED_MS = 30_000

/** An exit code of a worker whose definition is no longer in force: starting it again would end the same way. */
const SUPERSEDED = 3

/** One of a plan's processes on this machine. It never outlives this one. */
export class LocalProcess {
  readonly #options: LocalProcessOptions
  #running: GuardedProcess | undefined
  #startedAt = 0
  #trouble: string | undefined

  constructor(options: LocalProcessOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** Why it does not stay up; undefined while it does, or may. */
  get trouble(): string | undefined {
    return this.#running?.running === true && this.#hasSettled ? undefined : this.#trouble
  }

  /** Runs it to its end, or asks it to end when `stop` is aborted. Gives the exit code. */
  async runOnce(stop: AbortSignal): Promise<number> {
    const { program, environment, logFolder, name } = this.#options
    const log = openProcessLog(logFolder, name)
    try {
      const { process: started } = await GuardedProcess.start({
        file: process.execPath,
        args: [programFile(program), ...this.#options.arguments],
        env: { NODE_COMPILE_CACHE: COMPILED, ...inherited(), ...environment, ...telemetryVariables() },
        cwd: process.cwd(),
        stopSignal: 'TERM',
        forceSignal: 'KILL',
        onLine: (line) => {
          log.write(`${line}\n`)
          this.#options.onLine?.(line)
        },
      })
      this.#running = started
      const end = () => void started.stop()
      stop.addEventListener('abort', end, { once: true })
      if (stop.aborted) end()
      const code = await started.exited()
      stop.removeEventListener('abort', end)
      return code
    } finally {
      log.end()
    }
  }

  /** Keeps it running until `stop` is aborted: started again when it dies, ever more slowly while it keeps dying. */
  async keepRunning(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted; ) {
      this.#startedAt = performance.now()
      const code = await this.runOnce(stop)
      if (stop.aborted) return
      if (code === SUPERSEDED) {
        this.#trouble = `${this.name} ended: a newer revision of the pipeline is in force`
        return this.#options.report(this.#trouble)
      }
      failures = this.#hasSettled ? 1 : failures + 1
      const ended = `${this.name} ended with code ${code}${this.#lastWords()}`
      this.#trouble = failures < 2 ? undefined : `${ended}, ${failures} times in a row`
      const pause = failures === 1 ? 0 : backoffMs(failures, Math.random(), { firstMs: 250, maxMs: 30_000 })
      this.#options.report(`${ended}; starting it again${pause === 0 ? '' : ` in ${(pause / 1_000).toFixed(1)} s`}`)
      await wait(pause, stop)
    }
  }

  get #hasSettled(): boolean {
    return performance.now() - this.#startedAt > SETTLED_MS
  }

  #lastWords(): string {
    const line = this.#running?.tail
      .split('\n')
      .filter((each) => each.trim() !== '' && !each.startsWith('{'))
      .at(-1)
    return line === undefined ? '' : ` (${line.trim().slice(0, 200)})`
  }
}

/** Whoever sets these means all processes, whatever the pipeline says of a cluster. */
function telemetryVariables(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'))
  return Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** What a child needs to find programs and folders, and nothing that this process was told in confidence. */
function inherited(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'TMPDIR',
    'NODE_OPTIONS',
    'NODE_EXTRA_CA_CERTS',
    'NODE_COMPILE_CACHE',
  ]
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])),
  )
}
