import type { DeploymentState } from '../deployment-state.ts'
import { type Finding, isFalse, isTrue } from '../finding.ts'
import type { PodTrouble } from '../pod-trouble.ts'

export interface Fleet {
  /** Undefined before it was ever started. */
  readonly deployment: DeploymentState | undefined
  readonly trouble: PodTrouble | undefined
  readonly isSuspended: boolean
}

/** Whether as many workers serve as are wanted, whatever plan they are of. */
export function workersAvailable({ deployment, trouble, isSuspended }: Fleet): Finding {
  if (isSuspended) return isFalse('Suspended', 'no worker runs, for spec.suspend is true')
  if (deployment === undefined) return isFalse('NotStarted', 'no worker was started yet')
  const { wanted, available } = deployment
  if (wanted === 0) return isTrue('NoneWanted', 'spec.workers.replicas is 0: events wait in their streams')
  if (available >= wanted) return isTrue('Available', `${available} of ${wanted} workers serve`)
  const serving = `${available} of ${wanted} workers serve`
  if (trouble !== undefined) return isFalse(trouble.reason, `${serving}; ${describeTrouble(trouble)}`)
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
