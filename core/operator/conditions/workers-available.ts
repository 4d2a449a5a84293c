import type { DeploymentState } from '../deployment-state.ts'
import { type Finding, isFalse, isTrue } from '../finding.ts'
import type { PodTrouble } from '../pod-trouble.ts'

export interface Fleet {
  /** Undefined before it was ever started. */
  readonly deployment: DeploymentState | undefined
  readonly trouble: PodTrouble | undefined
  readonly isSuspended: boolean
  /** Their number follows the backlog. */
  readonly isScaled: boolean
  /** Since there were none, none has become ready yet. */
  readonly wasAsleep: boolean
}

/** Whether as many workers serve as are wanted, whatever plan they are of. */
export function workersAvailable({ deployment, trouble, isSuspended, isScaled, wasAsleep }: Fleet): Finding {
  if (isSuspended) return isFalse('Suspended', 'no worker runs, for spec.suspend is true')
  if (deployment === undefined) return isFalse('NotStarted', 'no worker was started yet')
  const { wanted, available, isOverdue } = deployment
  if (wanted === 0 && isScaled)
    return isTrue('ScaledToZero', 'no worker runs, for there is nothing to do; the next message wakes one')
  if (wanted === 0) return isTrue('NoneWanted', 'spec.workers.replicas is 0: events wait in their streams')
  if (available >= wanted) return isTrue('Available', `${available} of ${wanted} workers serve`)
  const serving = `${available} of ${wanted} workers serve`
  if (trouble !== undefined) return isFalse(trouble.reason, `${serving}; ${describeTrouble(trouble)}`)
  // That more are on their way is how such a fleet lives, and no reason to be waited for.
  if (isScaled && available > 0 && !isOverdue) return isTrue('Available', `${serving}; the others start`)
  if (isScaled && wasAsleep && !isOverdue)
    return isTrue('Waking', 'there is something to do again, and a worker starts')
  return isFalse('Starting', `${serving}; the others start`)
}

/** What is wrong with a rollout, although enough workers may serve: they are those of the plan before. */
export function rolloutTrouble({ deployment, trouble, isSuspended }: Fleet): Finding | undefined {
  if (isSuspended || deployment === undefined || deployment.wanted === 0 || deployment.isComplete) return undefined
  if (trouble !== undefined) {
    return isFalse('RolloutStuck', `${describeTrouble(trouble)}; earlier workers serve on, mend the spec or the cause`)
  }
  if (!deployment.isOverdue) return undefined
  return isFalse('RolloutStuck', 'new workers do not become ready in time; earlier ones serve on. Look at their logs')
}

export function describeTrouble({ pod, reason, message }: PodTrouble): string {
  return `${pod === undefined ? '' : `pod ${pod}: `}${reason}: ${message}`
}
