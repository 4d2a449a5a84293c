import { highestOf, stabilisationWindowMs } from './stabilisation.ts'
import type { Seen, Verdict } from './verdict.ts'
import { lasting } from './wording.ts'
import { insteadOf, keeps, loadInWords } from './words.ts'

export function shrink(seen: Seen): Verdict | undefined {
  const { memory, current, demand, input, work, room } = seen
  if (demand === undefined || work.arrivalsPerSecond === null) return undefined
  const now = memory.recommendations.at(-1)?.workers ?? current
  if (now >= current) return undefined
  if ((work.oldestEventAgeMs ?? 0) > input.settings.targetLatencyMs) return undefined
  const windowMs = stabilisationWindowMs(input.settings.targetLatencyMs)
  const replicas = Math.max(1, room.least, highestOf(memory.recommendations))
  if (replicas >= current || isStillFalling(seen, replicas, now, windowMs)) {
    return {
      replicas: current,
      reason: 'Stabilising',
      message: `${keeps(current)}, though ${now} would do: more was needed within the last ${lasting(windowMs)}`,
    }
  }
  if (!isCertain(seen)) {
    return {
      replicas: current,
      reason: 'Stabilising',
      message: `${keeps(current)}, though ${replicas} would do, until what waits has been counted`,
    }
  }
  return {
    replicas,
    reason: 'LoadFell',
    message: `${insteadOf(replicas, current)}: no more was needed for ${lasting(windowMs)}; ${loadInWords(work)}`,
  }
}

/** One step to where it comes to rest, instead of one for each worker: for a while the window still remembers how the load fell. */
function isStillFalling({ memory, input }: Seen, replicas: number, now: number, windowMs: number): boolean {
  return replicas > now && input.nowMs - (memory.roomSinceMs ?? input.nowMs) < windowMs / 3
}

/** More than are counted may be any number, but what is young cannot be many. */
function isCertain({ work, input }: Seen): boolean {
  if (work.backlogIs === 'exact') return true
  const { oldestEventAgeMs: age } = work
  return work.backlogIs === 'at-least' && age !== null && age <= input.settings.targetLatencyMs / 2
}
