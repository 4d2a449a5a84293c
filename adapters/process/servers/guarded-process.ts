import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface GuardedCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Default: the root folder, for a server holds no folder but its own. */
  readonly cwd?: string
  /** Told every line that the process says. */
  readonly onLine?: (line: string) => void
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** Asks the server to end in good order. */
  readonly stopSignal: 'INT' | 'TERM'
  /** Ends it when it did not. */
  readonly forceSignal: 'QUIT' | 'KILL'
}

/** How long a process may take to end in good order: longer than a worker takes to drain. */
const STOP_SECONDS = 30
const KEPT_LINES = 40
const PID_PIPE = 3

/**
 * The guard holds the read end of a pipe whose other end only this process has. The pipe ends with this process, however it ends, kill -9
 * included, and the server with the pipe. Nobody may be there any more to read what the shell says of that, hence no SIGPIPE. A session of
 * its own keeps Ctrl-C away from the server: it must outlive what drains into it.
 */
const GUARD = `
exec 4<&0
stop=$1 force=$2; shift 2
"$@" </dev/null 3>&- 4<&- &
server=$!
trap '' PIPE
echo $server >&3
exec 3>&-
( cat <&4; kill -s "$stop" $server; sleep ${STOP_SECONDS}; kill -s "$force" $server ) >/dev/null 2>&1 &
exec 4<&-
wait $server
code=$?
trap '' TERM
kill -s TERM 0
exit $code
`

/** Those that were asked to end and have not yet. */
const ending = new Set<() => void>()

// Whoever leaves without waiting for them, as on a second signal, does not leave them behind either.
process.on('exit', () => {
  for (const insist of ending) insist()
})

/** A server process that cannot outlive this one. */
export class GuardedProcess {
  readonly #guard: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #silent: Promise<unknown>
  readonly #lines: string[] = []
  readonly #onLine: ((line: string) => void) | undefined
  readonly #forceSignal: GuardedCommand['forceSignal']
  #pid = Number.NaN

  private constructor(guard: ChildProcess, { onLine, forceSignal }: GuardedCommand) {
    this.#onLine = onLine
    this.#forceSignal = forceSignal
    this.#guard = guard
    this.#exited = once(guard, 'exit').catch(() => undefined) // an error to spawn is told by `start`
    this.#silent = once(guard, 'close').catch(() => undefined)
    guard.stdin?.on('error', () => undefined) // the guard went first; `exited` tells
    for (const output of [guard.stdout, guard.stderr]) if (output) this.#keepTail(output)
  }

  static async start(command: GuardedCommand): Promise<{ process: GuardedProcess; pid: number }> {
    const { file, args, env, uid, gid, stopSignal, forceSignal, cwd = '/' } = command
    const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', stopSignal, forceSignal, file, ...args], {
      cwd,
      env: env ?? process.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    })
    const started = new GuardedProcess(guard, command)
    await once(guard, 'spawn')
    started.#pid = await readPid(guard.stdio[PID_PIPE] as Readable)
    return { process: started, pid: started.#pid }
  }

  /** Resolves with the exit code; 128 and more stand for a signal, as in a shell. */
  async exited(): Promise<number> {
    await this.#exited
    return this.#guard.exitCode ?? 1
  }

  /** Resolves when it has exited and every line that it said has been told; later than `exited` when it left somebody who can still speak. */
  async silent(): Promise<void> {
    await this.#silent
  }

  get running(): boolean {
    return this.#guard.exitCode === null && this.#guard.signalCode === null
  }

  /** The last lines the server said. */
  get tail(): string {
    return this.#lines.join('\n')
  }

  /** Asks the server to end, insists after 30 s or when this process leaves before, and resolves when it is gone. */
  async stop(): Promise<void> {
    const insist = () => this.#insist()
    ending.add(insist)
    this.#guard.stdin?.end()
    await this.#exited
    ending.delete(insist)
  }

  #insist(): void {
    try {
      process.kill(this.#pid, `SIG${this.#forceSignal}`)
    } catch {
      // it has ended by itself
    }
  }

  #keepTail(output: Readable): void {
    createInterface({ input: output }).on('line', (line) => {
      this.#onLine?.(line)
      this.#lines.push(line)
      if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    })
  }
}

async function readPid(pipe: Readable): Promise<number> {
  let text = ''
  for await (const chunk of pipe) text += String(chunk)
  return Number(text)
}
