import { isProven } from './idle-looks.ts'
import { whatIsLeft } from './idleness.ts'
import { workersFor } from './parallelism.ts'
import { fitted } from './room.ts'
import { demandAt } from './supply.ts'
import type { Seen, Verdict } from './verdict.ts'
import { lasting } from './wording.ts'
import { insteadOf } from './words.ts'

/** Of a fleet that nobody saw work: what one worker may well get done in a second. The first one shows whether it does. */
const HOPED_FOR = 10_000

const WAKES = 'The first entry, mark or overdue row wakes one'

export function atZero(seen: Seen): Verdict | undefined {
  const { current, room, work, input } = seen
  if (current > 0) return undefined
  const left = whatIsLeft(work)
  if (left.length > 0) {
    const { useful } = seen.demand ?? demandAt(seen, work, HOPED_FOR)
    const replicas = fitted(room, Math.max(1, workersFor(useful, input.ceilings.shards)))
    return { replicas, reason: 'Woken', message: `${insteadOf(replicas, 0)} for ${left.join(', ')}` }
  }
  if (work.isNothingLeft)
    return { replicas: 0, reason: 'Idle', message: `No workers, for there is nothing to do. ${WAKES}` }
  return {
    replicas: 0,
    reason: 'HoldUnknown',
    message: 'Stays without workers while nobody knows whether all entries were delivered',
  }
}

/** The last worker goes when there has certainly been nothing to do for long enough. */
export function toZero({ room, memory, input, current, work }: Seen): Verdict | undefined {
  const { idleSinceMs } = memory
  if (room.least > 0 || idleSinceMs === null) return undefined
  const idleMs = input.nowMs - idleSinceMs
  if (idleMs < input.settings.idleAfterMs || !isProven(memory.idleLooks, work.databaseAt)) return undefined
  return {
    replicas: 0,
    reason: 'Idle',
    message: `No workers instead of ${current}: nothing came and nothing was left to do for ${lasting(idleMs)}. ${WAKES}`,
  }
}
