import { Faults } from './faults.ts'
import { Fleet } from './fleet.ts'
import { Judge } from './judge.ts'
import { judgeEnd } from './judge-end.ts'
import type { Mutation } from './mutation.ts'
import { makePlan } from './plan.ts'
import { planEvents } from './publishing.ts'
import { Database } from './servers/database.ts'
import { isAnythingDue } from './servers/open-work.ts'
import { Redis } from './servers/redis.ts'
import { shopSet } from './shops/shop-set.ts'
import { Timetable } from './world/timetable.ts'
import { World } from './world/world.ts'

export interface Outcome {
  /** The first promise that was broken; undefined where all were kept. */
  readonly violation: string | undefined
  readonly steps: number
  /** Milliseconds of the schedule's own time. */
  readonly lasted: number
  /** What happened, where that was asked for. */
  readonly trace: readonly string[]
}

export interface RunOptions {
  readonly mutation?: Mutation | undefined
  readonly isTraced?: boolean
}

/** Within this everything has to come to rest once all faults have ended. */
const REST_WITHIN_MS = 120_000
const LOOK_EVERY_MS = 200

/** One schedule, wholly decided by its seed: faults, then none, until nothing is left to do; then the end is judged. */
export function runSchedule(seed: number, { mutation, isTraced = false }: RunOptions = {}): Outcome {
  const world = new World(seed, mutation, isTraced)
  const plan = makePlan(world.random)
  if (isTraced) world.note('', `the plan: ${JSON.stringify(plan)}`)
  const set = shopSet(plan.alignment, plan.asOf)
  const judge = new Judge(world)
  const database = new Database(world, set, judge, plan.shards, plan.epoch)
  const redis = new Redis(world, judge, plan.streams, plan.epoch)
  const fleet = new Fleet(world, { database, redis }, plan)
  const timetable = new Timetable(world)
  const published = planEvents(world, plan, set, redis, timetable)
  for (let i = 0; i < plan.workers; i += 1) timetable.plan(world.random.below(300), () => fleet.start())
  const faults = new Faults(world, fleet, timetable)
  faults.plan(plan.faults, plan.busyMs)

  let isAtRest = false
  let restsBy = Number.POSITIVE_INFINITY
  const look = (): void => {
    if (world.now >= faults.endAt && restsBy === Number.POSITIVE_INFINITY) {
      fleet.heal()
      restsBy = world.now + REST_WITHIN_MS
    }
    isAtRest = restsBy < Number.POSITIVE_INFINITY && fleet.isFair && redis.isEmpty && !isAnythingDue(database)
    if (!isAtRest && world.now > restsBy) world.fail('nothing comes to rest')
    timetable.plan(world.now + LOOK_EVERY_MS, look)
  }
  timetable.plan(plan.busyMs, look)
  while (world.violation === undefined && !isAtRest) world.step()
  if (isAtRest) judgeEnd(world, plan, database, published)
  return { violation: world.violation, steps: world.steps, lasted: world.now, trace: world.trace }
}
