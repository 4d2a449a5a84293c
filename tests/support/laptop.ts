import { spawn } from 'node:child_process'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import type { LocalState } from '../../cli/up/state-folder.ts'
import { eventually } from './eventually.ts'
import { descendantsOf, type ListedProcess, stillRunning } from './process-list.ts'
import { type Ended, RunningProcess } from './running-process.ts'
import { throwAwayFolder } from './throw-away-folder.ts'

export interface CommandOptions {
  /** Standard input; without it there is none. */
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A folder in which somebody works with `mp`: each command is a process of its own, and what they keep is in `.mp` there. */
export class Laptop implements AsyncDisposable {
  readonly folder: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #commands: RunningCommand[] = []

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder
    this.#environment = environment
  }

  /** With `environment` for all its commands; nothing else is inherited but where programs are. */
  static async open(environment: Readonly<Record<string, string>> = {}): Promise<Laptop> {
    const folder = await throwAwayFolder()
    await symlink(resolve('examples'), join(folder, 'examples'))
    return new Laptop(folder, environment)
  }

  /** Writes a file in the folder. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text)
  }

  start(args: readonly string[], { input, environment = {} }: CommandOptions = {}): RunningCommand {
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [resolve('cli/main.ts'), ...args], {
      cwd: this.folder,
      env: { PATH, HOME, ...this.#environment, ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    child.stdin?.end(input)
    const command = new RunningCommand(child)
    this.#commands.push(command)
    return command
  }

  /** Runs a command to its end. */
  mp(args: readonly string[], options?: CommandOptions): Promise<Ended> {
    return this.start(args, options).ended
  }

  /** What `mp up` has told the other commands about a pipeline. */
  async stateOf(pipeline: string): Promise<LocalState> {
    return JSON.parse(await readFile(join(this.folder, '.mp/pipelines', pipeline, 'state.json'), 'utf8')) as LocalState
  }

  /** Ends whatever still runs and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#commands) await command.end()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** A command of `mp` at work. */
export class RunningCommand extends RunningProcess {
  /** What it has started and what that has started. */
  descendants(): Promise<readonly ListedProcess[]> {
    return descendantsOf(this.pid)
  }

  /** Ends it at once, and waits for what it started, which ends by itself. */
  async end(): Promise<void> {
    if (!this.running) return
    const started = await this.descendants()
    this.kill('SIGKILL')
    await eventually(async () => expect(await stillRunning(started)).toEqual([]))
  }
}
