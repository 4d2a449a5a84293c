import type { Random } from '../simulation/world/random.ts'
import type { ModelledPostgres, ModelledRedis } from './modelled-servers.ts'
import type { ModelledWorker } from './modelled-worker.ts'
import type { Timeline } from './timeline.ts'

/** What a fault acts on. */
export interface Stage {
  readonly timeline: Timeline
  readonly random: Random
  readonly redis: ModelledRedis
  readonly postgres: ModelledPostgres
  readonly workers: ModelledWorker[]
  readonly hire: () => void
  /** The next calculations: how long each takes; undefined: it fails. */
  readonly calculations: (number | undefined)[]
  /** Time for which the promise of an age rests: a server did not answer, or its clock was set back. */
  readonly excuse: (from: number, to: number) => void
}

type Fault = (stage: Stage) => void

/** Of those that a fault waits for. */
const LONGEST_CALCULATION_MS = 1_000

/** A client that met a server that was away looks again this much later at the latest. */
const AFTERMATH_MS = 2_500

/** Waits for somebody to be in the middle of a calculation, somewhere in it, and does it to him. */
function toHolder(work: (holder: ModelledWorker, stage: Stage) => void): Fault {
  return (stage) => {
    const { timeline, random, workers, redis, calculations } = stage
    const isHolder = (worker: ModelledWorker) => worker.owns(redis.holder)
    const look = () => {
      const holder = workers.find(isHolder)
      const strike = () => (holder !== undefined && isHolder(holder) ? work(holder, stage) : look())
      timeline.at(timeline.now + (holder === undefined ? 1 : random.between(0, LONGEST_CALCULATION_MS)), strike)
    }
    calculations.push(LONGEST_CALCULATION_MS)
    look()
  }
}

function away(server: (stage: Stage) => { isAway: boolean }, begins?: (stage: Stage) => void): Fault {
  return (stage) => {
    const { timeline, random, excuse } = stage
    const lastsMs = random.between(50, 4_000)
    server(stage).isAway = true
    begins?.(stage)
    excuse(timeline.now, timeline.now + lastsMs + AFTERMATH_MS)
    timeline.at(timeline.now + lastsMs, () => (server(stage).isAway = false))
  }
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'the holder dies': toHolder((holder, { hire }) => {
    holder.kill()
    hire()
  }),
  'the holder stands still beyond its lease': toHolder((holder, { random }) =>
    holder.pause(random.between(4_000, 20_000)),
  ),
  'a worker stands still': ({ workers, random }) => random.pick(workers).pause(random.between(1_000, 20_000)),
  'all workers but one die': ({ workers, hire, timeline, random }) => {
    const rest = workers.splice(1)
    for (const worker of rest) worker.kill()
    for (const _ of rest) timeline.at(timeline.now + random.between(5_000, 20_000), hire)
  },
  'a calculation fails': ({ calculations }) => calculations.push(undefined),
  'a calculation takes as long as it may': ({ calculations, random }) =>
    calculations.push(random.between(3_700, 4_100)),
  'Redis is emptied': ({ redis }) => redis.flush(),
  'Redis is emptied in the middle of a calculation': toHolder((_holder, { redis }) => redis.flush()),
  'Redis restarts': away(({ redis }) => redis),
  'Redis restarts without its data': away(
    ({ redis }) => redis,
    ({ redis }) => redis.flush(),
  ),
  'PostgreSQL restarts': away(({ postgres }) => postgres),
  'a copy of Redis takes over that is behind': ({ redis, random }) => redis.failOver(random.between(0, 9_000), 0),
  'a copy of Redis takes over in the middle of a calculation': toHolder((_holder, { redis, random }) =>
    redis.failOver(random.between(0, 9_000), 0),
  ),
  'a copy of Redis takes over whose clock is ahead': ({ redis, random }) =>
    redis.failOver(random.between(0, 2_000), random.between(1, 100_000)),
  'a copy of Redis takes over whose clock is behind': ({ redis, random, excuse, timeline }) => {
    const behindMs = random.between(1, 9_000)
    redis.failOver(random.between(0, 2_000), -behindMs)
    excuse(timeline.now, timeline.now + behindMs)
  },
}
