import { whatIsLeft } from './idleness.ts'
import { stalledForMs } from './progress.ts'
import { limitInWords, within } from './room.ts'
import type { Unseen } from './sight.ts'
import type { Situation } from './situation.ts'
import type { Seen, Verdict } from './verdict.ts'
import { counted, lasting } from './wording.ts'
import { insteadOf, keeps } from './words.ts'

export function whileSuspended({ input, current }: Situation): Verdict | undefined {
  if (!input.fleet.isSuspended) return undefined
  return {
    replicas: current,
    reason: 'HoldSuspended',
    message: 'Nothing is decided while spec.suspend is true',
  }
}

/** What somebody wrote into the spec holds whatever is known. */
export function outOfBounds({ room, current, input: { settings } }: Situation): Verdict | undefined {
  const replicas = within(room, current)
  if (replicas === current) return undefined
  const isMost = replicas < current || replicas < settings.minReplicas
  const bound = isMost ? limitInWords(room) : `minReplicas is ${settings.minReplicas}`
  return { replicas, reason: 'OutOfBounds', message: `${insteadOf(replicas, current)}: ${bound}` }
}

/** Nothing is decided on what is not known; that something waits may be known all the same, and wakes. */
export function whileUnseen({ room, current }: Situation, { unseen, isWorkWaiting }: Unseen): Verdict {
  if (current === 0 && isWorkWaiting) {
    return {
      replicas: within(room, 1),
      reason: 'Woken',
      message: `1 worker instead of 0: entries wait, though ${unseen}. More are asked for once that is known`,
    }
  }
  return {
    replicas: current,
    reason: 'HoldUnknown',
    message:
      current === 0
        ? `Stays without workers while nobody knows whether there is work: ${unseen}`
        : `${keeps(current)} while nobody knows what there is to do: ${unseen}`,
  }
}

/** Old and new workers run side by side, so that nothing that is measured holds for either. */
export function duringRollout({ input, current, work }: Seen): Verdict | undefined {
  if (!input.fleet.isRollingOut) return undefined
  const left = whatIsLeft(work)
  return {
    replicas: current,
    reason: 'HoldRollout',
    message: `${keeps(current)} until the rollout has ended${left.length === 0 ? '' : `, for ${left.join(', ')}`}`,
  }
}

/** Ready workers that get nothing done are not helped by more, and not to be taken away either. */
export function whileStalled({ input, memory, current, work }: Seen): Verdict | undefined {
  const ms = stalledForMs(memory.progress)
  if (ms === undefined) return undefined
  return {
    replicas: current,
    reason: 'ProgressStalled',
    message: `${keeps(current)}: ${counted(work.backlog, 'entry waits', 'entries wait')}, but ${counted(input.fleet.ready, 'ready worker')} got nothing done for ${lasting(ms)}, and more would not either. ${whereToLook(work)}`,
  }
}

function whereToLook({ backlog, pending }: Seen['work']): string {
  if (pending >= backlog)
    return 'All were delivered: what a worker that is gone holds is taken over in time, else the logs say why'
  return 'Their logs say why; often it is the database, or an entry that nobody can process'
}
