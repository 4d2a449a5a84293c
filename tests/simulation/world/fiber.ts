import type { Agent, World } from './world.ts'

/** What a routine can wait for: so many milliseconds, or something that wakes it. */
export type Wait = number | Awaited

export interface Awaited {
  /** Tells who is to be woken. Whoever need not wait is woken at once. */
  awaitedBy(fiber: Fiber): void
}

export type Routine<T = void> = Generator<Wait, T>

/** Whose routines go on only while it runs. */
export interface Host {
  readonly name: string
  /** Later than now while it is frozen. */
  readonly runsFrom: number
  readonly isDead: boolean
}

/** A routine of a process, the way an asynchronous function is one. */
export class Fiber implements Agent {
  readonly over = new Latch()
  #hasEnded = false
  readonly #world: World
  readonly #host: Host
  readonly #routine: Routine
  #at: number

  constructor(world: World, host: Host, routine: Routine) {
    this.#world = world
    this.#host = host
    this.#routine = routine
    this.#at = world.now
    world.add(this)
  }

  get isOver(): boolean {
    return this.#hasEnded || this.#host.isDead
  }

  get nextAt(): number {
    return this.#at > this.#host.runsFrom ? this.#at : this.#host.runsFrom
  }

  step(): void {
    const { done, value } = this.#routine.next()
    if (done === true) {
      this.#hasEnded = true
      this.over.open()
    } else if (typeof value === 'number') this.#at = this.#world.now + value
    else {
      this.#at = Number.POSITIVE_INFINITY
      value.awaitedBy(this)
    }
  }

  wake(afterMs = 0): void {
    this.#at = this.#world.now + afterMs
  }
}

/** Opens once; whoever waits goes on. */
export class Latch implements Awaited {
  #isOpen = false
  readonly #waiting: Fiber[] = []

  awaitedBy(fiber: Fiber): void {
    if (this.#isOpen) fiber.wake()
    else this.#waiting.push(fiber)
  }

  open(): void {
    this.#isOpen = true
    for (const fiber of this.#waiting) fiber.wake()
  }
}
