import type { Plan } from './plan.ts'
import { type Servers, SimulatedWorker } from './worker/simulated-worker.ts'
import type { World } from './world/world.ts'

/** Which workers there are, and what becomes of them. */
export class Fleet {
  readonly #world: World
  readonly #servers: Servers
  readonly #plan: Plan
  #workers: SimulatedWorker[] = []
  #names = 0
  #lives = 0
  #isHealed = false

  constructor(world: World, servers: Servers, plan: Plan) {
    this.#world = world
    this.#servers = servers
    this.#plan = plan
  }

  /** Those that run and were not told to stop. */
  get members(): readonly SimulatedWorker[] {
    return this.#workers.filter(({ isRunning, stopping }) => isRunning && !stopping.isAborted)
  }

  /** Those that run, some of them on their way out. */
  get running(): readonly SimulatedWorker[] {
    this.#workers = this.#workers.filter(({ isRunning }) => isRunning)
    return this.#workers
  }

  start(name = `worker-${this.#names++}`): void {
    const worker = new SimulatedWorker(name, ++this.#lives, this.#world, this.#servers, this.#plan)
    if (!this.#isHealed) {
      worker.toPostgres.lossPerMille = this.#plan.lossPerMille
      worker.toRedis.lossPerMille = this.#plan.lossPerMille
      worker.toPostgres.slowPerMille = this.#plan.slowPerMille
    }
    this.#workers.push(worker)
    worker.note('starts')
  }

  /** Ends every fault. */
  heal(): void {
    this.#isHealed = true
    this.#world.note('', 'all faults end')
    for (const worker of this.running) {
      worker.toPostgres.mend()
      worker.toRedis.mend()
      worker.thaw()
    }
    if (this.members.length === 0) this.start()
  }

  /** Whether every shard is held, and shares differ by one at most. */
  get isFair(): boolean {
    if (!this.#plan.isSharded) return true
    const shares = new Map(this.members.map(({ name }) => [name, 0]))
    for (const { committed } of this.#servers.database.shards) {
      const share = committed?.owner === undefined ? undefined : shares.get(committed.owner)
      if (share === undefined || committed?.owner === undefined) return false
      shares.set(committed.owner, share + 1)
    }
    const all = [...shares.values()]
    return Math.max(...all) - Math.min(...all) <= 1
  }
}
