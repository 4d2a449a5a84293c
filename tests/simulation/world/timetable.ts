import type { Agent, World } from './world.ts'

interface Act {
  readonly at: number
  readonly act: () => void
}

/** Acts at their times. */
export class Timetable implements Agent {
  /** Further acts may be planned at any time. */
  readonly isOver = false
  /** The latest comes first. */
  readonly #acts: Act[] = []

  constructor(world: World) {
    world.add(this)
  }

  get nextAt(): number {
    return this.#acts.at(-1)?.at ?? Number.POSITIVE_INFINITY
  }

  plan(at: number, act: () => void): void {
    const acts = this.#acts
    acts.push({ at, act })
    for (let i = acts.length - 1; i > 0; i -= 1) {
      const [earlier, later] = [acts[i - 1] as Act, acts[i] as Act]
      if (earlier.at > later.at) break
      acts[i - 1] = later
      acts[i] = earlier
    }
  }

  step(): void {
    this.#acts.pop()?.act()
  }
}
