import type { ApiAccess } from './api-access.ts'
import { ApiClient } from './api-client.ts'
import { AuditLog } from './audit-log.ts'
import type { Cluster } from './cluster.ts'
import { controlPlaneFiles } from './control-plane-files.ts'

/**
 * Those whose tokens the API server knows from its start; all others are service accounts (`createUser`). `kubelet` is the player of
 * the kubelet, so that the audit log tells it from a test, which is `admin`.
 */
export type TokenUser = 'admin' | 'kubelet' | 'system:kube-controller-manager' | 'system:kube-scheduler'

/** All that a process needs to use a control plane that another one runs. */
export interface ClusterHandle {
  readonly folder: string
  readonly server: string
  readonly ca: string
  readonly tokens: Readonly<Record<TokenUser, string>>
}

/** A control plane of our own, as its users see it. */
export class OwnCluster implements Cluster {
  readonly own = true
  readonly api: ApiClient
  /** Everything that tests, players of the kubelet and pods have asked for. */
  readonly audit: AuditLog
  readonly handle: ClusterHandle

  constructor(handle: ClusterHandle) {
    this.handle = handle
    this.api = new ApiClient(accessOf(handle, 'admin'))
    this.audit = new AuditLog(controlPlaneFiles(handle.folder).auditLog)
  }

  get kubeconfig(): string {
    return controlPlaneFiles(this.handle.folder).kubeconfigs.admin
  }

  /** What the API server measures of itself, as Prometheus reads it. */
  async metrics(): Promise<string> {
    return await this.api.text('/metrics')
  }
}

export function accessOf({ server, ca, tokens }: ClusterHandle, user: TokenUser): ApiAccess {
  return { server, ca, token: tokens[user] }
}
