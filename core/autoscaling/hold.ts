import { whatIsLeft } from './idleness.ts'
import { within } from './room.ts'
import type { Unseen } from './sight.ts'
import type { Situation } from './situation.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted } from './wording.ts'

export function whileSuspended({ input, current }: Situation): Verdict | undefined {
  if (!input.fleet.isSuspended) return undefined
  return {
    replicas: current,
    reason: 'HoldSuspended',
    message: 'The pipeline is suspended: no workers run until spec.suspend is false again',
  }
}

/** What somebody wrote into the spec holds whatever is known. */
export function outOfBounds({ room, current, input: { settings } }: Situation): Verdict | undefined {
  const replicas = within(room, current)
  if (replicas === current) return undefined
  const bound =
    replicas > current
      ? `minReplicas is ${settings.minReplicas}`
      : {
          AtMaximum: `maxReplicas is ${settings.maxReplicas}`,
          LimitedByShards: `there are ${room.most} shards, each read by one worker at a time`,
          LimitedByConnections: `database.maxConnections reaches for ${counted(room.most, 'worker')}`,
        }[room.limit]
  return { replicas, reason: 'OutOfBounds', message: `${counted(replicas, 'worker')} instead of ${current}: ${bound}` }
}

/** Nothing is decided on what is not known; that something waits may be known all the same, and wakes. */
export function whileUnseen({ room, current }: Situation, { unseen, isWorkWaiting }: Unseen): Verdict {
  if (current === 0 && isWorkWaiting) {
    return {
      replicas: within(room, 1),
      reason: 'Woken',
      message: `Entries wait, though ${unseen}: one worker is started, and more once the backlog is known`,
    }
  }
  return {
    replicas: current,
    reason: 'HoldUnknown',
    message:
      current === 0
        ? `Stays without workers, and cannot tell whether there is work, as long as ${unseen}`
        : `${counted(current, 'worker')} kept as long as ${unseen}: what is unknown never takes workers away`,
  }
}

/** Old and new workers run side by side, so that nothing measured of them holds for either. */
export function duringRollout({ input, current, work }: Seen): Verdict | undefined {
  if (!input.fleet.isRollingOut) return undefined
  const left = whatIsLeft(work)
  return {
    replicas: current,
    reason: 'HoldRollout',
    message: `${counted(current, 'worker')} kept until the rollout has ended${left.length === 0 ? '' : `; ${left.join(', ')} to do`}`,
  }
}
