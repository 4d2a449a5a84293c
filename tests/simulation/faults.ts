import { MICROS_PER_MINUTE } from '../../core/time/instant.ts'
import type { Fleet } from './fleet.ts'
import type { SimulatedWorker } from './worker/simulated-worker.ts'
import type { Timetable } from './world/timetable.ts'
import type { World } from './world/world.ts'

/** More than two leases. */
const LONGEST_FAULT_MS = 12_000
const LONGEST_SHORT_FAULT_MS = 1_500

/** What goes wrong with servers, workers and the ways between them. Requests that get lost one by one are `Link`'s matter. */
export class Faults {
  /** All that have begun are over by then. */
  endAt = 0
  readonly #world: World
  readonly #fleet: Fleet
  readonly #timetable: Timetable

  constructor(world: World, fleet: Fleet, timetable: Timetable) {
    this.#world = world
    this.#fleet = fleet
    this.#timetable = timetable
  }

  /** So many, beginning within the given time. */
  plan(count: number, withinMs: number): void {
    const { random } = this.#world
    for (let i = 0; i < count; i += 1) {
      const at = random.below(withinMs)
      const ms = random.below(4) === 0 ? random.between(1, LONGEST_FAULT_MS) : random.between(1, LONGEST_SHORT_FAULT_MS)
      this.endAt = Math.max(this.endAt, at + ms)
      this.#timetable.plan(at, () => this.#strike(ms))
    }
  }

  #strike(ms: number): void {
    const { random } = this.#world
    const { running } = this.#fleet
    if (running.length === 0) return this.#fleet.start()
    const worker = random.pick(running)
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
        return this.#kill(worker, ms)
      case 3:
      case 4:
        return this.#freeze(worker, ms)
      case 5:
        worker.note(`is cut off from Redis for ${ms} ms`)
        return worker.cutFromRedis(ms)
      case 6:
        worker.note(`is cut off from PostgreSQL for ${ms} ms`)
        return worker.cutFromPostgres(ms)
      case 7:
        return this.#setClock(worker, random.between(-2_880, 2_880))
      case 8:
        return this.#fleet.start()
      case 9:
        worker.note('is told to stop')
        return worker.stop()
      case 10:
        this.#world.note('', 'PostgreSQL is restarted')
        for (const each of running) each.terminateSessions()
        return
      default:
        this.#world.note('', 'all connections to Redis are lost')
        for (const each of running) each.cutFromRedis(1)
    }
  }

  #kill(worker: SimulatedWorker, ms: number): void {
    worker.note('is killed')
    worker.crash()
    const name = this.#world.random.below(3) === 0 ? undefined : worker.name
    this.#timetable.plan(this.#world.now + this.#world.random.below(ms), () => this.#fleet.start(name))
  }

  #freeze(worker: SimulatedWorker, ms: number): void {
    const isSuspended = this.#world.random.below(3) === 0
    worker.note(`is ${isSuspended ? 'suspended, its clock too,' : 'frozen'} for ${ms} ms`)
    worker.freeze(ms, isSuspended)
  }

  #setClock(worker: SimulatedWorker, minutes: number): void {
    worker.note(`has a clock from now on that is wrong by ${minutes} minutes`)
    worker.clockError = minutes * MICROS_PER_MINUTE
  }
}
