import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import type { WorkerFleet } from '../support/worker-fleet.ts'
import type { WorkerProcess } from '../support/worker-process.ts'

export interface Member {
  readonly worker: WorkerProcess
  readonly toPostgres: TcpProxy
  readonly toRedis: TcpProxy
}

/** A server may be away while a worker starts; none is away for so long. */
const PATIENCE_MS = 120_000

/** The workers of a round, each with ways of its own to the servers. A fault has one of them to itself until it is over. */
export class Crew implements AsyncDisposable {
  readonly #fleet: WorkerFleet
  readonly #free: Member[] = []
  readonly #ways = new AsyncDisposableStack()
  #number = 0

  constructor(fleet: WorkerFleet) {
    this.#fleet = fleet
  }

  /** How many no fault has just then. */
  get free(): number {
    return this.#free.length
  }

  /** Starts a worker, and again where it ends because a server is away: whatever runs workers does the same. */
  async join(name = `worker-${this.#number++}`): Promise<void> {
    const toPostgres = this.#ways.use(await TcpProxy.to(this.#fleet.shops.databaseUrl))
    const toRedis = this.#ways.use(await TcpProxy.to(this.#fleet.shops.redisUrl))
    const start = async () => {
      const worker = await this.#fleet.launch(name, { databaseUrl: toPostgres.url, redisUrl: toRedis.url })
      await eventually(() => expect(!worker.running || worker.log.includes('worker reads')).toBe(true), {
        withinMs: PATIENCE_MS,
      })
      if (worker.running) return worker
      await worker.died()
      throw new Error(`${name} does not come to reading: ${worker.log}`)
    }
    this.#free.push({ worker: await eventually(start, { withinMs: PATIENCE_MS }), toPostgres, toRedis })
  }

  /** Nobody else's until it is given back. Undefined where none is free. */
  take(victim: number): Member | undefined {
    return this.#free.splice(Math.floor(victim * this.#free.length), 1)[0]
  }

  giveBack(member: Member): void {
    this.#free.push(member)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ways.disposeAsync()
  }
}
