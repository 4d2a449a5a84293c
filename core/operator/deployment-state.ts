import type { KubernetesObject } from './kubernetes-object.ts'

/** Where a Deployment's rollout stands. */
export interface DeploymentState {
  readonly wanted: number
  /** Pods of any age. */
  readonly replicas: number
  /** Those of them that are of the newest template. */
  readonly updated: number
  readonly ready: number
  readonly available: number
  /** Every pod is of the newest template, and available. */
  readonly isComplete: boolean
  /** Kubernetes has waited for the new pods for longer than the Deployment allows. */
  readonly isOverdue: boolean
  /** Why Kubernetes lets no more pods be made; undefined when it does. */
  readonly refusal: string | undefined
}

interface DeploymentStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly conditions?: readonly DeploymentCondition[]
}

interface DeploymentCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** `wanted`: how many there are to be, where it does not say so yet. */
export function deploymentState(
  deployment: KubernetesObject,
  wanted = (deployment['spec'] as { replicas?: number }).replicas ?? 1,
): DeploymentState {
  const status = (deployment['status'] ?? {}) as DeploymentStatus
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, conditions = [] } = status
  const isObserved = (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  return {
    wanted,
    replicas,
    updated: updatedReplicas,
    ready: readyReplicas,
    available: availableReplicas,
    isComplete: isObserved && updatedReplicas >= wanted && replicas === updatedReplicas && availableReplicas >= wanted,
    isOverdue:
      isObserved &&
      conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded'),
    refusal: conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')?.message,
  }
}
