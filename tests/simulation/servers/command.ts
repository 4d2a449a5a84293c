import type { Awaited, Fiber, Routine } from '../world/fiber.ts'
import type { Agent, World } from '../world/world.ts'
import type { Link } from './link.ts'
import type { Redis } from './redis.ts'
import { CONNECTION_LOST, type Trouble } from './trouble.ts'

/** How long a client may take to notice that its server is out of reach. */
const LONGEST_SILENCE_MS = 2_000

/** A command on its way to Redis and back. One that blocks stays there until it has something, or its time is up. */
export class Command<T> implements Agent, Awaited {
  isOver = false
  readonly #world: World
  readonly #redis: Redis
  readonly #execute: () => T | undefined
  readonly #blockedUntil: number
  #result: T | undefined
  #failure: Trouble | undefined
  #fiber: Fiber | undefined
  #isReplyLost: boolean
  #isBlocked = false
  #additions = 0

  /** `execute` gives undefined while a command that blocks has nothing to give. */
  constructor(world: World, redis: Redis, link: Link, execute: () => T | undefined, blockMs = 0) {
    this.#world = world
    this.#redis = redis
    this.#execute = execute
    this.#blockedUntil = world.now + blockMs
    const fate = link.fate()
    this.#isReplyLost = fate === 'reply is lost'
    if (fate === 'is lost') {
      this.#failure = CONNECTION_LOST
      this.isOver = true
    } else world.add(this)
  }

  /** Sends it and waits. Throws `Trouble`. */
  *run(): Routine<T | undefined> {
    yield this
    if (this.#failure !== undefined) throw this.#failure
    return this.#result
  }

  get nextAt(): number {
    return this.#isBlocked && this.#additions === this.#redis.additions ? this.#blockedUntil : 0
  }

  awaitedBy(fiber: Fiber): void {
    this.#fiber = fiber
    if (this.#failure !== undefined) this.#tellClient(this.#world.random.below(LONGEST_SILENCE_MS))
  }

  step(): void {
    this.#result = this.#execute()
    if (this.#result === undefined && this.#world.now < this.#blockedUntil) {
      this.#isBlocked = true
      this.#additions = this.#redis.additions
      return
    }
    this.isOver = true
    if (this.#isReplyLost) this.sever()
    else this.#tellClient()
  }

  /** CLIENT UNBLOCK; comes to nothing where the command has not arrived yet. */
  unblock(): void {
    if (!this.#isBlocked || this.isOver) return
    this.isOver = true
    this.#tellClient()
  }

  /** The way to the client is cut. It may be executed all the same, and what it gives reaches nobody. */
  sever(): void {
    this.#failure ??= CONNECTION_LOST
    this.#tellClient(this.#world.random.below(LONGEST_SILENCE_MS))
    if (!this.#isBlocked && this.#world.random.below(2) === 0) this.isOver = true
  }

  /** The client's process ended, which closes its connections. */
  abandon(): void {
    this.#fiber = undefined
    if (this.#isBlocked || this.#world.random.below(2) === 0) this.isOver = true
  }

  #tellClient(afterMs = 0): void {
    const fiber = this.#fiber
    this.#fiber = undefined
    fiber?.wake(afterMs)
  }
}
