import { type Demand, TOLERANCE } from './demand.ts'
import { isUnproven } from './effect.ts'
import { hotStream } from './hot-shard.ts'
import { nextUseful, withoutIdle, workersFor } from './parallelism.ts'
import { fitted, limitInWords } from './room.ts'
import { hasSettled } from './start-up.ts'
import { perWorkerIn, targetOf } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, grouped, lasting } from './wording.ts'
import { insteadOf, keeps, loadInWords, outlookInWords, rate } from './words.ts'

/** In one step, so that a wrong measurement does not ask for everything at once. Three steps lead from one worker to 64. */
const MOST_TIMES = 4
const MOST_MORE = 8

export function grow(seen: Seen): Verdict | undefined {
  const { demand, current, room } = seen
  if (demand === undefined) return undefined
  if (workersFor(demand.pressing, room.shards, 1 + TOLERANCE) <= current)
    return withoutUse(seen, demand) ?? forAge(seen)
  const target = targetOf(demand, room)
  const held = whyNot(seen, target, demand)
  if (held !== undefined) return { replicas: current, ...held }
  const replicas = Math.min(target, withoutIdle(Math.max(MOST_TIMES * current, current + MOST_MORE), room.shards))
  return {
    replicas,
    reason: demand.isBacklog ? 'BacklogGrows' : 'ArrivalsGrow',
    message: `${insteadOf(replicas, current)}: ${loadInWords(seen.work)}; ${purpose(seen, demand)}`,
  }
}

/** What so many are for. */
function purpose(seen: Seen, { isBacklog, workers }: Demand): string {
  const { room, input } = seen
  const each = `one worker gets ${rate(perWorkerIn(seen) ?? 0)} done`
  const aim = isBacklog ? `, and all is to be done within ${lasting(input.settings.targetLatencyMs)}` : ''
  const isDivided = room.shards !== undefined && workersFor(workers, room.shards) > Math.ceil(workers)
  return `${each}${aim}${isDivided ? `; fewer would leave too many of ${room.shards} shards to one of them` : ''}`
}

/** Why workers that the load asks for would not help, or are not to be had. */
function whyNot(seen: Seen, target: number, demand: Demand): Omit<Verdict, 'replicas'> | undefined {
  const { input, memory, current, work } = seen
  const { failing, ready } = input.fleet
  const { limit } = memory.effect
  const though = askedFor(current, demand)
  if (failing !== undefined) {
    return {
      reason: 'HoldFailing',
      message: `${though}: ${ready} of them ready, others fail (${failing}), and more would fail as well`,
    }
  }
  if (limit !== null) {
    return {
      reason: 'IneffectiveScaleUp',
      message: `${though}: ${limit.to} get ${rate(limit.afterPerSecond)} done where ${limit.from} got ${grouped(limit.beforePerSecond)}, so more would not help until the load changes. The likely limit is the database`,
    }
  }
  if (target <= current) return atLimit(seen, demand)
  if (isUnproven(memory.effect, target, work.arrivalsPerSecond)) {
    return { reason: 'Settling', message: `${though}, until it shows what those bring that were asked for last` }
  }
  return undefined
}

function askedFor(current: number, { workers }: Demand): string {
  return `${keeps(current)} though the load asks for ${grouped(Math.ceil(workers))}`
}

function atLimit({ room, work, current }: Seen, demand: Demand): Omit<Verdict, 'replicas'> {
  return {
    reason: room.limit,
    message: `${askedFor(current, demand)}: ${limitInWords(room)}; ${loadInWords(work)}${outlookInWords(work)}`,
  }
}

/** The load asks for more workers, but what waits in one shard is one worker's work, however much it is. */
function withoutUse(seen: Seen, demand: Demand): Verdict | undefined {
  const { work, current, room } = seen
  if (demand.workers <= current * (1 + TOLERANCE)) return undefined
  const stream = hotStream(work)
  if (stream === undefined) return current < room.most ? undefined : { replicas: current, ...atLimit(seen, demand) }
  return {
    replicas: current,
    reason: 'HotShard',
    message: `${keeps(current)}: of ${counted(work.backlog, 'entry', 'entries')} that wait ${grouped(stream.backlog)} are in ${stream.stream}, which one worker reads at a time, so more would not help. Either a few entities are much busier than others, or its worker is held up`,
  }
}

/** What was computed is not enough: the oldest event is too old, and what is done beyond what comes in does not change that in time. */
function forAge({ work, input, memory, current, room }: Seen): Verdict | undefined {
  const { fleet, settings, nowMs } = input
  const { oldestEventAgeMs: age, completionsPerSecond: done, arrivalsPerSecond: come } = work
  if (age === null || age <= settings.targetLatencyMs || done === null || come === null) return undefined
  const isClearing = ((done - come) * settings.targetLatencyMs) / 1_000 >= work.backlog
  const isHeld = fleet.ready < current || fleet.failing !== undefined || memory.effect.limit !== null
  if (isClearing || isHeld || !hasSettled(memory, nowMs) || isLeftBehind(work, done)) return undefined
  const replicas = fitted(room, nextUseful(current, room.shards))
  if (replicas <= current) return undefined
  return {
    replicas,
    reason: 'AgeAboveTarget',
    message: `${insteadOf(replicas, current)}: the oldest event is ${lasting(age)} old, the target is ${lasting(settings.targetLatencyMs)}, and ${rate(done)} are done while ${grouped(come)} come in`,
  }
}

/** So few entries that workers do as many in a moment are not short of workers: they were delivered to one that is gone, and will be claimed. */
function isLeftBehind({ backlog }: Seen['work'], donePerSecond: number): boolean {
  return backlog <= Math.max(1, donePerSecond)
}
