import { TOLERANCE } from './demand.ts'
import { hotStream } from './hot-shard.ts'
import { withoutIdle, workersFor } from './parallelism.ts'
import { stalledForMs } from './progress.ts'
import { type Room, within } from './room.ts'
import { perWorkerIn } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, grouped, lasting } from './wording.ts'

/** Ready workers that get nothing done are not helped by more, and not to be taken away either. */
export function whileStalled({ input, memory, current, work }: Seen): Verdict | undefined {
  const ms = stalledForMs(memory.progress, input.nowMs)
  if (ms === undefined) return undefined
  return {
    replicas: current,
    reason: 'ProgressStalled',
    message: `${counted(work.backlog, 'entry waits', 'entries wait')}, and ${counted(input.fleet.ready, 'ready worker')} got none done for ${lasting(ms)}: more workers would not help. See their logs, and the database`,
  }
}

export function grow(seen: Seen): Verdict | undefined {
  return seen.demand === undefined ? learn(seen) : (forDemand(seen) ?? forAge(seen))
}

/** While nobody knows what a worker gets done, one more is tried each time that those before have had time to show. */
function learn(seen: Seen): Verdict | undefined {
  const { input, memory, current, work, room } = seen
  const { lastScaleAtMs, startMs } = memory
  const waited = lastScaleAtMs === null || input.nowMs - lastScaleAtMs >= startMs + SETTLED_MS
  const isLate = (work.oldestEventAgeMs ?? 0) > input.settings.targetLatencyMs
  const says = `what a worker gets done is not known yet; ${waiting(seen)}`
  if (!isLate || !waited || input.fleet.ready < current || input.fleet.failing !== undefined || current >= room.most) {
    return { replicas: current, reason: 'Learning', message: `${counted(current, 'worker')} kept: ${says}` }
  }
  const replicas = within(room, current + 1)
  return { replicas, reason: 'Learning', message: `${counted(replicas, 'worker')} instead of ${current}: ${says}` }
}

function forDemand(seen: Seen): Verdict | undefined {
  const { demand, current, input, room, memory } = seen
  const { shards } = input.ceilings
  if (demand === undefined || demand.workers <= current * (1 + TOLERANCE)) return undefined
  const wants = workersFor(demand.useful, shards, 1 + TOLERANCE) > current
  if (!wants) return hot(seen)
  const target = roomy(workersFor(demand.useful, shards), room, shards)
  if (input.fleet.failing !== undefined) return failing(seen, target)
  if (memory.effect.limit !== null) return ineffective(seen)
  if (target <= current) return atLimit(seen)
  const replicas = Math.min(target, Math.max(4 * current, current + 8))
  const reason = demand.isBacklog ? 'BacklogGrows' : 'ArrivalsGrow'
  return {
    replicas,
    reason,
    message: `${counted(replicas, 'worker')} instead of ${current}: ${waiting(seen)}, and one worker gets ${rate(perWorkerIn(seen))} done`,
  }
}

function roomy(workers: number, room: Room, shards: number | undefined): number {
  return Math.max(room.least, workers <= room.most ? workers : withoutIdle(room.most, shards))
}

const SETTLED_MS = 10_000

/** What was computed is not enough: the oldest event is too old, and what is done beyond what comes in does not change that in time. */
function forAge(seen: Seen): Verdict | undefined {
  const { work, input, memory, current, room } = seen
  const { targetLatencyMs } = input.settings
  const { oldestEventAgeMs: age, completionsPerSecond: done, arrivalsPerSecond: come } = work
  if (age === null || age <= targetLatencyMs || done === null || come === null) return undefined
  if (((done - come) * targetLatencyMs) / 1_000 >= work.backlog) return undefined
  if (memory.lastScaleAtMs !== null && input.nowMs - memory.lastScaleAtMs < memory.startMs + SETTLED_MS)
    return undefined
  if (input.fleet.ready < current || input.fleet.failing !== undefined || memory.effect.limit !== null) return undefined
  const replicas = roomy(workersFor(current + 1, input.ceilings.shards), room, input.ceilings.shards)
  if (replicas <= current || (perWorkerIn(seen) ?? 0) > work.backlog) return undefined
  return {
    replicas,
    reason: 'AgeAboveTarget',
    message: `${counted(replicas, 'worker')} instead of ${current}: the oldest event is ${lasting(age)} old, more than the target of ${lasting(targetLatencyMs)}, and only ${rate(done)} are done while ${rate(come)} come in`,
  }
}

function hot({ work, current }: Seen): Verdict | undefined {
  const stream = hotStream(work)
  if (stream === undefined) return undefined
  return {
    replicas: current,
    reason: 'HotShard',
    message: `${counted(stream.backlog, 'entry')} of ${grouped(work.backlog)} wait in ${stream.stream}, which one worker reads at a time: more workers would not help. Its keys are busier than others`,
  }
}

function failing({ input, current }: Seen, target: number): Verdict {
  return {
    replicas: current,
    reason: 'HoldFailing',
    message: `${counted(target, 'worker')} are wanted, but of ${current} only ${input.fleet.ready} are ready (${input.fleet.failing}): more of them would fail as well`,
  }
}

function ineffective({ memory: { effect }, current }: Seen): Verdict | undefined {
  const { limit } = effect
  if (limit === null) return undefined
  return {
    replicas: current,
    reason: 'IneffectiveScaleUp',
    message: `${limit.to} workers get ${rate(limit.afterPerSecond)} done, ${limit.from} got ${rate(limit.beforePerSecond)}: more would not help until the load changes. The database is the likely limit`,
  }
}

function atLimit(seen: Seen): Verdict {
  const { room, current, input } = seen
  const { settings, ceilings } = input
  const limit = {
    AtMaximum: `maxReplicas is ${settings.maxReplicas}`,
    LimitedByShards: `there are ${ceilings.shards} shards`,
    LimitedByConnections: `database.maxConnections reaches no further`,
  }[room.limit]
  return {
    replicas: current,
    reason: room.limit,
    message: `${counted(current, 'worker')} of ${grouped(Math.ceil(seen.demand?.workers ?? current))} wanted, for ${limit}: ${waiting(seen)}`,
  }
}

function waiting({ work }: Seen): string {
  const come = work.arrivalsPerSecond === null ? 'an unknown number comes' : `${rate(work.arrivalsPerSecond)} come`
  return `${counted(work.backlog, 'entry waits', 'entries wait')} and ${come} in`
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? 'nobody knows how many' : `${grouped(perSecond)} a second`
}
