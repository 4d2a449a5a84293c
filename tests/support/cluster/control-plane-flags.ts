import { LOOPBACK } from '../../../adapters/process/servers/free-port.ts'
import type { Component } from './control-plane-binaries.ts'
import type { ControlPlaneFiles } from './control-plane-files.ts'

export interface Ports {
  readonly etcd: number
  readonly etcdPeers: number
  readonly api: number
}

/** Room for every Service of a thousand pipelines. */
const SERVICE_ADDRESSES = '10.96.0.0/12'

/** Played nodes have loopback addresses, which the API refuses as endpoints: these would complain again and again. */
const WITHOUT = ['endpoints-controller', 'endpointslice-controller', 'endpointslice-mirroring-controller']

/** Controllers and scheduler wait for nobody: the API server is all theirs. */
const UNHURRIED = { 'kube-api-qps': '1000', 'kube-api-burst': '1000' }

export function flagsOf(component: Component, files: ControlPlaneFiles, ports: Ports): readonly string[] {
  return Object.entries(FLAGS[component](files, ports)).map(([name, value]) => `--${name}=${value}`)
}

type Flags = (files: ControlPlaneFiles, ports: Ports) => Readonly<Record<string, string>>

const etcd: Flags = ({ data }, { etcd: port, etcdPeers }) => {
  const url = `http://${LOOPBACK}:${port}`
  const peers = `http://${LOOPBACK}:${etcdPeers}`
  return {
    'data-dir': data,
    'unsafe-no-fsync': 'true',
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `default=${peers}`,
    'log-level': 'warn',
  }
}

const apiServer: Flags = (files, ports) => ({
  'etcd-servers': `http://${LOOPBACK}:${ports.etcd}`,
  'bind-address': LOOPBACK,
  'advertise-address': LOOPBACK,
  'secure-port': String(ports.api),
  'tls-cert-file': files.certificate,
  'tls-private-key-file': files.key,
  'token-auth-file': files.tokens,
  'authorization-mode': 'RBAC',
  'service-account-issuer': 'https://kubernetes.default.svc',
  'service-account-key-file': files.verifyingKey,
  'service-account-signing-key-file': files.signingKey,
  'service-cluster-ip-range': SERVICE_ADDRESSES,
  'endpoint-reconciler-type': 'none',
  'audit-policy-file': files.auditPolicy,
  'audit-log-path': files.auditLog,
  'audit-log-maxsize': '0', // marks are places in one file, which must not be put aside
  'kubelet-preferred-address-types': 'InternalIP',
})

const controllerManager: Flags = ({ kubeconfigs, certificate, signingKey }) => ({
  kubeconfig: kubeconfigs['kube-controller-manager'],
  'leader-elect': 'false',
  'secure-port': '0',
  controllers: ['*', ...WITHOUT.map((name) => `-${name}`)].join(','),
  'use-service-account-credentials': 'true',
  'service-account-private-key-file': signingKey,
  'root-ca-file': certificate,
  ...UNHURRIED,
})

const scheduler: Flags = ({ kubeconfigs }) => ({
  kubeconfig: kubeconfigs['kube-scheduler'],
  'leader-elect': 'false',
  'secure-port': '0',
  ...UNHURRIED,
})

const FLAGS: Readonly<Record<Component, Flags>> = {
  etcd,
  'kube-apiserver': apiServer,
  'kube-controller-manager': controllerManager,
  'kube-scheduler': scheduler,
}
