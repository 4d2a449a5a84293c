import type { KubernetesObject } from './kubernetes-object.ts'

/** Where a Deployment's rollout stands. */
export interface DeploymentState {
  readonly wanted: number
  /** Pods of any age. */
  readonly replicas: number
  readonly ready: number
  readonly available: number
  /** Every pod is of the newest template, and available. */
  readonly isComplete: boolean
  /** Kubernetes has waited for the new pods for longer than the Deployment allows. */
  readonly isOverdue: boolean
}

interface DeploymentStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[]
}

export function deploymentState(deployment: KubernetesObject): DeploymentState {
  const wanted = (deployment['spec'] as { replicas?: number }).replicas ?? 1
  const status = (deployment['status'] ?? {}) as DeploymentStatus
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, conditions = [] } = status
  const isObserved = (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  return {
    wanted,
    replicas,
    ready: readyReplicas,
    available: availableReplicas,
    isComplete: isObserved && updatedReplicas >= wanted && replicas === updatedReplicas && availableReplicas >= wanted,
    isOverdue:
      isObserved &&
      conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded'),
  }
}
