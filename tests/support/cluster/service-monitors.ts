import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import type { Cluster } from './cluster.ts'

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const NAME = 'servicemonitors.monitoring.coreos.com'

/** Teaches a cluster the kind that Prometheus's operator brings, without what is in it. */
export async function installServiceMonitors(cluster: Cluster): Promise<void> {
  await cluster.api.create(DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: NAME },
    spec: {
      group: 'monitoring.coreos.com',
      names: { kind: 'ServiceMonitor', plural: 'servicemonitors', singular: 'servicemonitor' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  })
  await eventually(async () => {
    const { status } = await cluster.api.get(`${DEFINITIONS}/${NAME}`)
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }))
  })
}
