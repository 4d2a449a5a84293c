import { lookAgainMs } from '../../../core/fleet/decide-shards.ts'
import type { FleetState, HeldShard } from '../../../core/fleet/fleet-state.ts'
import { ShardHoldings } from '../../../core/fleet/shard-holdings.ts'
import { acquireShards, leaveFleet, releaseShards, tickFleet } from '../servers/fleet-statements.ts'
import { unlessTrouble } from '../servers/trouble.ts'
import type { Routine } from '../world/fiber.ts'
import { Signal, until, wait } from '../world/pause.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

/** What `ShardKeeper` does, one statement after the other. */
export class SimulatedKeeper {
  readonly #worker: SimulatedWorker
  readonly #holdings: ShardHoldings
  #lookAgainMs = lookAgainMs('short')

  constructor(worker: SimulatedWorker) {
    this.#worker = worker
    this.#holdings = new ShardHoldings(worker.name, worker.plan.streams)
  }

  readable(): readonly string[] {
    return this.#holdings.readable(this.#worker.now())
  }

  holds(stream: string): boolean {
    return this.#holdings.all().includes(this.#holdings.fenceOf(stream))
  }

  fenceOf(stream: string): HeldShard {
    return this.#holdings.fenceOf(stream)
  }

  renew(shards: readonly HeldShard[], askedAt: number): void {
    this.#holdings.renew(shards, askedAt)
  }

  lose(shards: readonly number[]): void {
    const lost = this.#holdings.streamsOf(shards)
    if (lost.length === 0) return
    this.#worker.note(`loses ${lost.join(' ')}`)
    this.#holdings.drop(lost)
    this.#worker.ingest.end(lost)
  }

  *run(): Routine {
    const { stopping } = this.#worker
    while (!stopping.isAborted) {
      yield* unlessTrouble(this.#tick())
      yield* wait(this.#lookAgainMs, stopping)
    }
  }

  *releaseAll(): Routine {
    const all = this.#holdings.all()
    this.#holdings.drop(this.#holdings.streamsOf(all.map(({ shard }) => shard)))
    yield* unlessTrouble(this.#store(all))
  }

  *#tick(): Routine {
    if (!this.#worker.ingest.isReading) return yield* this.#stepBack()
    const decision = this.#holdings.decide(yield* this.#look())
    if (decision.release.length > 0) yield* this.#release(decision.release)
    if (decision.acquire > 0) yield* this.#acquire(decision.acquire)
    this.#lookAgainMs = lookAgainMs(decision.reason)
  }

  *#look(): Routine<FleetState> {
    const { database } = this.#worker.servers
    const askedAt = this.#worker.now()
    const held = this.#holdings.all()
    const fleet = yield* this.#worker.query((session) => tickFleet(database, session, this.#worker.name, held))
    this.lose(this.#holdings.learn(fleet, askedAt))
    return fleet
  }

  *#acquire(limit: number): Routine {
    const { servers, name, life, ingest, world } = this.#worker
    const askedAt = this.#worker.now()
    const held = this.#holdings.all()
    const acquired = yield* this.#worker.query((session) =>
      acquireShards(servers.database, session, { self: name, life, limit, held }),
    )
    if (acquired.length > 0 && world.isTraced)
      this.#worker.note(`takes ${acquired.map(({ shard, token }) => `${shard} under token ${token}`).join(', ')}`)
    for (const stream of this.#holdings.take(acquired, askedAt)) ingest.begin(stream)
  }

  *#release(shards: readonly number[]): Routine {
    const streams = this.#holdings.streamsOf(shards)
    const released = streams.map((stream) => this.#holdings.fenceOf(stream))
    this.#holdings.leave(streams)
    yield* this.#stayDuring(this.#letGo(streams, released))
    if (streams.length > 0) this.#worker.note(`lets go ${streams.join(' ')}`)
  }

  *#letGo(streams: readonly string[], released: readonly HeldShard[]): Routine {
    yield* until(this.#worker.ingest.end(streams))
    this.#holdings.drop(streams)
    yield* this.#store(released)
  }

  *#stayDuring(leaving: Routine): Routine {
    const over = new Signal()
    this.#worker.spawn(abortAfter(unlessTrouble(leaving), over))
    while (!over.isAborted) {
      yield* wait(lookAgainMs('surplus'), over)
      if (!over.isAborted && this.#worker.ingest.isReading) yield* unlessTrouble(this.#look())
    }
  }

  *#stepBack(): Routine {
    this.#lookAgainMs = lookAgainMs('fair')
    if (this.#holdings.size > 0) yield* this.#release(this.#holdings.all().map(({ shard }) => shard))
    yield* this.#worker.query(() => leaveFleet(this.#worker.servers.database, this.#worker.name))
  }

  *#store(released: readonly HeldShard[]): Routine {
    if (released.length === 0) return
    yield* this.#worker.query((session) => releaseShards(this.#worker.servers.database, session, released))
  }
}

function* abortAfter(routine: Routine, signal: Signal): Routine {
  yield* routine
  signal.abort()
}
