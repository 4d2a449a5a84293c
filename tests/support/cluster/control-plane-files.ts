import { join } from 'node:path'

export type ControlPlaneFiles = ReturnType<typeof controlPlaneFiles>

/** What is in a control plane's folder. */
export function controlPlaneFiles(folder: string) {
  const file = (name: string) => join(folder, name)
  return {
    data: file('etcd'),
    certificate: file('tls.crt'),
    key: file('tls.key'),
    /** Of service accounts' tokens. */
    signingKey: file('signing.key'),
    verifyingKey: file('signing.pub'),
    tokens: file('tokens.csv'),
    auditPolicy: file('audit-policy.json'),
    auditLog: file('audit.log'),
    kubeconfigs: {
      admin: file('admin.kubeconfig'),
      'kube-controller-manager': file('controller-manager.kubeconfig'),
      'kube-scheduler': file('scheduler.kubeconfig'),
    },
  }
}
