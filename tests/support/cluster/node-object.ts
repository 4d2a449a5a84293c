import { arch } from 'node:os'
import type { ApiObject } from './api-client.ts'
import { apiTime } from './api-time.ts'
import { KUBELET_PORT } from './pod-addresses.ts'

/** More than any test asks for: a test that wants less says so. */
const PLENTY = { cpu: '1000', memory: '4Ti', pods: '10000', 'ephemeral-storage': '4Ti' }

/** What a pod must be asked for to land there. */
export interface NodeSize {
  readonly labels?: Readonly<Record<string, string>>
  readonly allocatable?: Readonly<Record<string, string>>
}

export function nodeObject(name: string, { labels = {} }: NodeSize): ApiObject {
  const standard = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture() }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { ...standard, ...labels } } }
}

export function nodeStatus(name: string, hostIP: string, { allocatable = {} }: NodeSize): ApiObject {
  const at = apiTime()
  const size = { ...PLENTY, ...allocatable }
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: `kubelet: ${reason}`,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  })
  return {
    capacity: size,
    allocatable: size,
    conditions: [
      condition('Ready', 'True', 'KubeletReady'),
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
    ],
    addresses: [
      { type: 'InternalIP', address: hostIP },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    nodeInfo: {
      architecture: architecture(),
      operatingSystem: 'linux',
      kubeletVersion: 'v1.36.3',
      containerRuntimeVersion: 'played://1.0',
      ...{ bootID: '', kernelVersion: '', kubeProxyVersion: '', machineID: '', osImage: '', systemUUID: '' },
    },
  }
}

function architecture(): string {
  return arch() === 'x64' ? 'amd64' : arch()
}
