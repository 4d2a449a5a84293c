import { TOLERANCE } from './demand.ts'
import { isUnproven } from './effect.ts'
import { hotStream } from './hot-shard.ts'
import { nextUseful, withoutIdle, workersFor } from './parallelism.ts'
import { fitted, limitInWords } from './room.ts'
import { hasSettled } from './start-up.ts'
import { perWorkerIn, targetOf } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, grouped, lasting } from './wording.ts'
import { loadInWords, rate, workersInWords } from './words.ts'

/** In one step, so that a wrong measurement does not ask for everything at once. Three steps lead from one worker to 64. */
const MOST_TIMES = 4
const MOST_MORE = 8

export function grow(seen: Seen): Verdict | undefined {
  const { demand, current, room } = seen
  if (demand === undefined) return undefined
  if (workersFor(demand.useful, room.shards, 1 + TOLERANCE) <= current) return hotShard(seen) ?? forAge(seen)
  const target = targetOf(demand, room)
  const kept = whyNot(seen, target)
  if (kept !== undefined) return { replicas: current, ...kept }
  const replicas = Math.min(target, withoutIdle(Math.max(MOST_TIMES * current, current + MOST_MORE), room.shards))
  return {
    replicas,
    reason: demand.isBacklog ? 'BacklogGrows' : 'ArrivalsGrow',
    message: `${workersInWords(replicas, current)}: ${loadInWords(seen.work)}, of which one worker gets ${rate(perWorkerIn(seen) ?? 0)} done`,
  }
}

/** Why workers that the load asks for would not help, or are not to be had. */
function whyNot(seen: Seen, target: number): Omit<Verdict, 'replicas'> | undefined {
  const { input, memory, current, room, work, demand } = seen
  const { failing, ready } = input.fleet
  const { limit } = memory.effect
  const keeps = `Keeps ${counted(current, 'worker')}`
  const wanted = grouped(Math.ceil(demand?.workers ?? target))
  if (failing !== undefined) {
    return {
      reason: 'HoldFailing',
      message: `${keeps} though the load asks for ${wanted}: ${ready} are ready (${failing}), and more of them would fail as well`,
    }
  }
  if (limit !== null) {
    return {
      reason: 'IneffectiveScaleUp',
      message: `${keeps} though the load asks for ${wanted}: ${limit.to} get ${rate(limit.afterPerSecond)} done, as ${limit.from} did (${rate(limit.beforePerSecond)}), so more would not help until the load changes. The likely limit is the database`,
    }
  }
  if (target <= current) {
    return {
      reason: room.limit,
      message: `${keeps} though the load asks for ${wanted}, for ${limitInWords(room)}: ${loadInWords(work)}`,
    }
  }
  if (isUnproven(memory.effect, target, work.arrivalsPerSecond)) {
    return {
      reason: 'Starting',
      message: `${keeps} though the load asks for ${wanted}, until it shows what those bring that were asked for last; ${ready} are ready`,
    }
  }
  return undefined
}

/** What waits in one shard is one worker's work, however much it is. */
function hotShard({ work, demand, current }: Seen): Verdict | undefined {
  const stream = hotStream(work)
  if (stream === undefined || (demand?.workers ?? 0) <= current * (1 + TOLERANCE)) return undefined
  return {
    replicas: current,
    reason: 'HotShard',
    message: `Keeps ${counted(current, 'worker')}: ${grouped(stream.backlog)} of ${counted(work.backlog, 'entry', 'entries')} that wait are in ${stream.stream}, which one worker reads at a time, so more would not help. A few entities are much busier than the others`,
  }
}

/** What was computed is not enough: the oldest event is too old, and what is done beyond what comes in does not change that in time. */
function forAge({ work, input, memory, current, room }: Seen): Verdict | undefined {
  const { fleet, settings, nowMs } = input
  const { oldestEventAgeMs: age, completionsPerSecond: done, arrivalsPerSecond: come, backlog } = work
  if (age === null || age <= settings.targetLatencyMs || done === null || come === null) return undefined
  const isClearing = ((done - come) * settings.targetLatencyMs) / 1_000 >= backlog
  const isHeld = fleet.ready < current || fleet.failing !== undefined || memory.effect.limit !== null
  if (isClearing || isHeld || !hasSettled(memory, nowMs) || isLeftBehind(work, done)) return undefined
  const replicas = fitted(room, nextUseful(current, room.shards))
  if (replicas <= current) return undefined
  return {
    replicas,
    reason: 'AgeAboveTarget',
    message: `${workersInWords(replicas, current)}: the oldest event is ${lasting(age)} old, the target is ${lasting(settings.targetLatencyMs)}, and ${rate(done)} are done while ${rate(come)} come in`,
  }
}

/** So few entries that workers do as many in a moment are not short of workers: they were delivered to one that is gone, and will be claimed. */
function isLeftBehind({ backlog }: Seen['work'], donePerSecond: number): boolean {
  return backlog <= Math.max(1, donePerSecond)
}
