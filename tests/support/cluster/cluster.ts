import type { ApiClient } from './api-client.ts'

/** A Kubernetes cluster that tests run against: a control plane of our own, or whatever a kubeconfig names. */
export interface Cluster {
  /** Path of a kubeconfig whose user may do everything. */
  readonly kubeconfig: string
  /** That user's client. */
  readonly api: ApiClient
  /** Our own: nothing runs its pods unless a test plays the node. Elsewhere pods run in containers, from images that were pushed or loaded. */
  readonly own: boolean
}
