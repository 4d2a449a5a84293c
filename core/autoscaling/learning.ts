import { nextUseful } from './parallelism.ts'
import { fitted } from './room.ts'
import { hasSettled } from './start-up.ts'
import type { Seen, Verdict } from './verdict.ts'
import { insteadOf, loadInWords } from './words.ts'

/** While nobody knows what a worker gets done, one more is tried each time that those before have had time to show it. */
export function tryAnother({ input, memory, current, work, demand, room }: Seen): Verdict | undefined {
  const { fleet, settings, nowMs } = input
  const isLate = (work.oldestEventAgeMs ?? 0) > settings.targetLatencyMs
  if (demand !== undefined || !isLate || fleet.ready < current || fleet.failing !== undefined) return undefined
  const replicas = fitted(room, nextUseful(current, room.shards))
  if (replicas <= current || !hasSettled(memory, nowMs)) return undefined
  return {
    replicas,
    reason: 'Learning',
    message: `${insteadOf(replicas, current)}, for what one gets done is not known yet: ${loadInWords(work)}`,
  }
}
