import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import type { Cluster } from './cluster.ts'
import { kubectl } from './run-tool.ts'

const FILE = 'crds/metricspipelines.yaml'
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/metricspipelines.metricspipelines.io'

/** Teaches a cluster what a MetricsPipeline is, as a user does; resolves once it takes some. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const { code, err } = await kubectl(cluster, ['apply', '-f', FILE])
  if (code !== 0) throw new Error(err)
  await eventually(async () => {
    const { status } = await cluster.api.get(PATH)
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }))
  })
}
