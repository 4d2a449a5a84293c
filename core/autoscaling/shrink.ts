import { TOLERANCE } from './demand.ts'
import { highestOf, stabilisationWindowMs } from './stabilisation.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, grouped, lasting } from './wording.ts'

/** Between two steps down: long enough to see what the first did. */
const PART_OF_WINDOW = 1 / 5

export function shrink(seen: Seen): Verdict | undefined {
  const { memory, current, demand, input, work } = seen
  if (demand === undefined || work.arrivalsPerSecond === null) return undefined
  const least = Math.max(1, seen.room.least)
  if (current <= least || demand.workers > current * (1 - TOLERANCE)) return undefined
  const windowMs = stabilisationWindowMs(input.settings.targetLatencyMs)
  const highest = highestOf(memory.recommendations)
  if (highest >= current) return stabilising(seen, windowMs)
  const { lastScaleAtMs } = memory
  if (lastScaleAtMs !== null && input.nowMs - lastScaleAtMs < windowMs * PART_OF_WINDOW)
    return stabilising(seen, windowMs)
  const replicas = Math.max(highest, Math.ceil(current / 2))
  if (!isCertain(seen)) {
    return {
      replicas: current,
      reason: 'Stabilising',
      message: `${counted(replicas, 'worker')} would do instead of ${current}, once what waits has been counted`,
      needsExactCount: true,
    }
  }
  return {
    replicas,
    reason: 'LoadFell',
    message: `${counted(replicas, 'worker')} instead of ${current}: no more were needed for ${lasting(windowMs)}; ${grouped(work.arrivalsPerSecond)} entries a second come in and ${grouped(work.backlog)} wait`,
  }
}

/** More than are counted may be any number, but what is young cannot be many. */
function isCertain({ work, input }: Seen): boolean {
  if (work.backlogIs === 'exact') return true
  const { oldestEventAgeMs: age } = work
  return work.backlogIs === 'at-least' && age !== null && age <= input.settings.targetLatencyMs / 2
}

function stabilising({ current, memory }: Seen, windowMs: number): Verdict | undefined {
  const highest = memory.recommendations.at(-1)?.workers ?? current
  if (highest >= current) return undefined
  return {
    replicas: current,
    reason: 'Stabilising',
    message: `${counted(highest, 'worker')} would do instead of ${current}; fewer are asked for when that has been so for ${lasting(windowMs)}`,
  }
}
