import { whatIsLeft } from './idleness.ts'
import { workersFor } from './parallelism.ts'
import { within } from './room.ts'
import { demandAt } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, lasting } from './wording.ts'

/** For the first guess at a fleet that nobody saw work: what one worker may well get done in a second. */
const HOPED_FOR = 10_000

export function atZero(seen: Seen): Verdict | undefined {
  const { current, room, work, input, demand } = seen
  if (current > 0) return undefined
  const left = whatIsLeft(work)
  if (left.length === 0) {
    return {
      replicas: 0,
      reason: 'Idle',
      message: 'No workers: nothing to do. The first entry, mark or overdue row wakes one',
    }
  }
  const { useful } = demand ?? demandAt(seen, work, HOPED_FOR)
  const replicas = within(room, Math.max(1, workersFor(useful, input.ceilings.shards)))
  return {
    replicas,
    reason: 'Woken',
    message: `${counted(replicas, 'worker')} from none: ${left.join(', ')} to do`,
  }
}

/** The last worker goes when there has certainly been nothing to do for long enough. */
export function toZero({ room, memory, input, current }: Seen): Verdict | undefined {
  const { idleSinceMs } = memory
  const idleMs = idleSinceMs === null ? -1 : input.nowMs - idleSinceMs
  if (room.least > 0 || idleMs < input.settings.idleAfterMs) return undefined
  return {
    replicas: 0,
    reason: 'Idle',
    message: `No workers instead of ${current}: nothing came and nothing was left for ${lasting(idleMs)}. The first entry, mark or overdue row wakes one`,
  }
}
