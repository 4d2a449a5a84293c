import { freePort } from '../../adapters/process/servers/free-port.ts'
import { wait } from '../../adapters/process/wait.ts'
import type { LocalProcess } from './local-process.ts'
import { probeWorker } from './probe-worker.ts'

type FleetProcess = Pick<LocalProcess, 'name' | 'trouble' | 'keepRunning'>

export interface FleetOptions {
  /** A worker that does not run yet. */
  readonly create: (index: number, port: number) => FleetProcess
  /** Told whenever one has come or gone. */
  readonly onChange: () => void
}

export interface FleetWorker {
  readonly name: string
  readonly port: number
}

interface Member extends FleetWorker {
  readonly index: number
  readonly process: FleetProcess
  /** Aborted when it has to drain. */
  readonly drain: AbortController
  /** Aborted when it is not started again. */
  readonly ended: AbortSignal
}

const READY_POLL_MS = 50

/** A pipeline's workers on this machine: as many as it was told to have last, each kept running until it is one too many. */
export class WorkerFleet {
  readonly #options: FleetOptions
  readonly #running = new Set<Promise<void>>()
  #members: readonly Member[] = []
  #isStopped = false

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** Those that there are, draining ones included. */
  get workers(): readonly FleetWorker[] {
    return this.#members
  }

  /** How many there are to be. */
  get size(): number {
    return this.#staying.length
  }

  /**
   * Starts what is missing and has drain what is too many; waits for neither. An index is free again when whoever had it is gone, for two
   * workers of one name would do each other's work twice.
   */
  async scaleTo(size: number): Promise<void> {
    for (const { drain } of this.#staying.slice(size)) drain.abort()
    while (!this.#isStopped && this.size < size) this.#start(await freePort())
  }

  /** How many of those that stay are ready. */
  async countReady(): Promise<number> {
    const answers = await Promise.all(this.#staying.map(({ port }) => probeWorker(port)))
    return answers.filter((answer) => answer === 'ready').length
  }

  /** Why one of those that stay does not; undefined where all do. */
  get trouble(): string | undefined {
    return this.#staying.map(({ process }) => process.trouble).find((trouble) => trouble !== undefined)
  }

  /** Resolves once each that stays was ready, or has ended for good. */
  async ready(): Promise<void> {
    await Promise.all(
      this.#staying.map(async ({ port, ended }) => {
        while (!ended.aborted && (await probeWorker(port)) !== 'ready') await wait(READY_POLL_MS, ended)
      }),
    )
  }

  /** Drains all of them; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { drain } of this.#members) drain.abort()
    await Promise.all(this.#running)
  }

  /** In order of their indices. */
  get #staying(): readonly Member[] {
    return this.#members.filter(({ drain }) => !drain.signal.aborted)
  }

  #start(port: number): void {
    if (this.#isStopped) return // while a port was looked for
    const index = this.#freeIndex()
    const process = this.#options.create(index, port)
    const [drain, ended] = [new AbortController(), new AbortController()]
    const member = { index, name: process.name, port, process, drain, ended: ended.signal }
    this.#change([...this.#members, member].sort((a, b) => a.index - b.index))
    const running = process.keepRunning(drain.signal).finally(() => {
      ended.abort()
      this.#running.delete(running)
      if (drain.signal.aborted) this.#change(this.#members.filter((each) => each !== member))
    })
    this.#running.add(running)
  }

  #freeIndex(): number {
    const taken = new Set(this.#members.map(({ index }) => index))
    let index = 0
    while (taken.has(index)) index += 1
    return index
  }

  #change(members: readonly Member[]): void {
    this.#members = members
    this.#options.onChange()
  }
}
