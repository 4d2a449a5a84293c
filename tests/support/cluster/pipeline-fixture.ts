import type { ApiObject } from './api-client.ts'
import type { Cluster } from './cluster.ts'
import { kubectl } from './run-tool.ts'
import type { TestNamespace } from './test-namespace.ts'

export const PIPELINES = 'metricspipelines.io/v1alpha1/metricspipelines'

/** The kind is there; applied as a user would. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const { code, err } = await kubectl(cluster, ['apply', '-f', 'crds/metricspipelines.yaml'])
  if (code !== 0) throw new Error(err)
  await kubectl(cluster, ['wait', '--for=condition=Established', 'crd/metricspipelines.metricspipelines.io'])
}

/** A pipeline that is small and valid, with as many workers as it says. */
export function smallPipeline(name: string, { workers = {}, ...change }: ApiObject = {}): ApiObject {
  const connection = (secret: string) => ({ secretKeyRef: { name: secret, key: 'url' } })
  return {
    apiVersion: 'metricspipelines.io/v1alpha1',
    kind: 'MetricsPipeline',
    metadata: { name },
    spec: {
      source: { redisStreams: { connection: connection('redis'), streams: [`${name}-departures`] } },
      database: { connection: connection('postgres') },
      metrics: {
        definition: {
          entity: 'airport',
          events: {
            departure: {
              entity: 'origin',
              at: 'scheduledAt',
              fields: { origin: { type: 'string' }, scheduledAt: { type: 'timestamp' } },
              streams: [`${name}-departures`],
            },
          },
          accumulators: { departures: { count: 'departure' } },
          metrics: { departures: { value: 'departures' } },
        },
      },
      workers: { scaling: { mode: 'Off' }, ...workers },
      ...change,
    },
  }
}

/** Plays the kubelet where a test is about the operator alone: whatever a Job starts ends well, and workers are ready. */
export async function runPods(
  namespace: TestNamespace,
  { exporterIp = '127.0.0.1', workerIp = '127.0.0.1' } = {},
): Promise<void> {
  for (const { metadata, status } of await namespace.list('pods')) {
    const isJob = metadata.ownerReferences?.[0]?.kind === 'Job'
    const phase = isJob ? 'Succeeded' : 'Running'
    if (status.phase === phase || metadata.deletionTimestamp !== undefined) continue
    const ready = { type: 'Ready', status: isJob ? 'False' : 'True' }
    const podIP = metadata.labels['app.kubernetes.io/component'] === 'exporter' ? exporterIp : workerIp
    await namespace.cluster.api.patch(`${namespace.path('pods', metadata.name)}/status`, {
      status: { phase, podIP, conditions: [ready] },
    })
  }
}
