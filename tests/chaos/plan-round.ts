import { between, createRandom, pick, type Random, wholeBetween } from '../../examples/tutor-performance/random.ts'
import { SERVER_FAULTS, WORKER_FAULTS } from './faults.ts'

/** One fault: when it comes, after the one before in its lane, how long it lasts, and whom it hits. */
export interface Step {
  readonly fault: string
  readonly pauseMs: number
  readonly lastsMs: number
  /** From 0 to 1: which of those that are free then. */
  readonly victim: number
}

export interface RoundPlan {
  readonly seed: number
  readonly workers: number
  readonly shards: number
  /** Side by side; within a lane one fault follows the other. */
  readonly lanes: readonly (readonly Step[])[]
}

const STEPS = 6
const SHORTEST_MS = 100

/** More than twice a lease. */
const LONGEST_MS = 12_000

/** The faults of a round. Which of them meets which commit, the machine decides. */
export function planRound(seed: number): RoundPlan {
  const random = createRandom(seed)
  return {
    seed,
    workers: wholeBetween(random, 2, 4),
    shards: wholeBetween(random, 1, 8),
    lanes: [WORKER_FAULTS, WORKER_FAULTS, SERVER_FAULTS].map((faults) => planLane(random, Object.keys(faults))),
  }
}

function planLane(random: Random, faults: readonly string[]): readonly Step[] {
  return Array.from({ length: STEPS }, () => ({
    fault: pick(random, faults),
    pauseMs: between(random, SHORTEST_MS, LONGEST_MS / 2),
    lastsMs: between(random, SHORTEST_MS, LONGEST_MS),
    victim: random(),
  }))
}
