import { rm } from 'node:fs/promises'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import type { LocalServer, OpenServerOptions } from '../../adapters/process/servers/local-server.ts'
import { throwAwayFolder } from './throw-away-folder.ts'

interface OwnRedisOptions {
  readonly durable?: boolean
  readonly dataDir?: string | undefined
}

type Open = (options: OpenServerOptions) => Promise<LocalServer>

/** A server that one test may kill and start again. Its URL stays the same. */
export class OwnServer implements AsyncDisposable {
  /** Where its files are. */
  readonly dataDir: string
  readonly #open: Open
  #server: LocalServer

  private constructor(open: Open, dataDir: string, server: LocalServer) {
    this.#open = open
    this.dataDir = dataDir
    this.#server = server
  }

  /** PostgreSQL keeps its data over `kill`, since the system does not crash with it. `dataDir` is where to keep it, a folder to be made. */
  static async postgres({ dataDir }: { readonly dataDir?: string | undefined } = {}): Promise<OwnServer> {
    return await OwnServer.#start((options) => openPostgres({ ...options, durable: false }), dataDir)
  }

  /** Redis keeps its data over `kill` only when `durable`. */
  static async redis({ durable = true, dataDir }: OwnRedisOptions = {}): Promise<OwnServer> {
    return await OwnServer.#start((options) => openRedis({ ...options, durable }), dataDir)
  }

  static async #start(open: Open, given: string | undefined): Promise<OwnServer> {
    const dataDir = given ?? (await throwAwayFolder())
    return new OwnServer(open, dataDir, await open({ dataDir, log: () => undefined }))
  }

  get url(): string {
    return this.#server.url
  }

  get pid(): number {
    const { pid, how } = this.#server
    if (pid === undefined) throw new Error(`a server that a test may kill must be a process here, this one is ${how}`)
    return pid
  }

  /** By default kill -9: nothing is closed in good order. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.kill(this.pid, signal)
    await this.#server.stop()
  }

  /** Stops answering while all connections stay open, as a server does that hangs. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** After `kill` or `stop`. */
  async startAgain(): Promise<void> {
    this.#server = await this.#open({ dataDir: this.dataDir, log: () => undefined })
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }

  /** Stops it for good and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
