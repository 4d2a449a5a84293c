import { nextUseful } from './parallelism.ts'
import { fitted } from './room.ts'
import { hasSettled } from './start-up.ts'
import type { Seen, Verdict } from './verdict.ts'
import { loadInWords, workersInWords } from './words.ts'

/** While nobody knows what a worker gets done, one more is tried each time that those before have had time to show it. */
export function whileLearning(seen: Seen): Verdict | undefined {
  const { current, work, demand } = seen
  if (demand !== undefined) return undefined
  const another = Math.max(current, fitted(seen.room, nextUseful(current, seen.room.shards)))
  const replicas = shouldTryAnother(seen) ? another : current
  return {
    replicas,
    reason: 'Learning',
    message: `${workersInWords(replicas, current)}, for what one gets done is not known yet: ${loadInWords(work)}`,
  }
}

function shouldTryAnother({ input, memory, current, work }: Seen): boolean {
  const { fleet, settings, nowMs } = input
  const isLate = (work.oldestEventAgeMs ?? 0) > settings.targetLatencyMs
  return isLate && fleet.ready >= current && fleet.failing === undefined && hasSettled(memory, nowMs)
}
