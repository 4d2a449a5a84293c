import type { Mutation } from '../mutation.ts'
import { Random } from './random.ts'

/** Whatever goes on by itself, one step at a time: a statement on its way, a routine of a worker, the plan of faults. */
export interface Agent {
  /** When it can go on; `Infinity` while somebody else has to act first. */
  readonly nextAt: number
  readonly isOver: boolean
  step(): void
}

/** Rather more than a statement takes on a good day. */
const LONGEST_PAUSE_MS = 8

/** One schedule's time, chance and agents. Each step is one agent's; which one, and how much time goes by, the seed decides. */
export class World {
  /** Milliseconds since the beginning, by a true clock that nobody in the schedule sees but the servers. */
  now = 0
  steps = 0
  /** The first promise that was broken. */
  violation: string | undefined
  readonly random: Random
  readonly mutation: Mutation | undefined
  readonly isTraced: boolean
  readonly #agents: Agent[] = []
  readonly #notes: string[] = []

  constructor(seed: number, mutation: Mutation | undefined, isTraced: boolean) {
    this.random = new Random(seed)
    this.mutation = mutation
    this.isTraced = isTraced
  }

  add(agent: Agent): void {
    this.#agents.push(agent)
  }

  /** Lets one agent go on, or time pass until one can. */
  step(): void {
    const agents = this.#agents
    this.steps += 1
    let soonest = Number.POSITIVE_INFINITY
    let i = this.random.below(agents.length)
    for (let left = agents.length; left > 0; left -= 1, i += 1) {
      if (i >= agents.length) i = 0
      const agent = agents[i] as Agent
      const at = agent.nextAt
      if (at <= this.now) {
        if (!agent.isOver) agent.step()
        if (agent.isOver) this.#remove(agent, i)
        if (this.random.below(4) === 0) this.now += this.random.below(LONGEST_PAUSE_MS)
        return
      }
      if (at < soonest) soonest = at
    }
    this.now = soonest
  }

  fail(violation: string): void {
    this.violation ??= violation
    this.note('!', violation)
  }

  /** Only for a schedule that is traced: whoever builds a costly text asks `isTraced` first. */
  note(who: string, what: string): void {
    if (this.isTraced) this.#notes.push(`${(this.now / 1_000).toFixed(3).padStart(8)} s  ${who.padEnd(10)} ${what}`)
  }

  get trace(): readonly string[] {
    return this.#notes
  }

  /** Forgets agents that came to an end while it was not their turn. */
  sweep(): void {
    for (let i = this.#agents.length - 1; i >= 0; i -= 1) {
      const agent = this.#agents[i] as Agent
      if (agent.isOver) this.#remove(agent, i)
    }
  }

  #remove(agent: Agent, index: number): void {
    const agents = this.#agents
    const at = agents[index] === agent ? index : agents.indexOf(agent)
    agents[at] = agents.at(-1) as Agent
    agents.pop()
  }
}
