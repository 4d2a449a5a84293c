import { replicaCeiling } from '../../pipeline/replica-ceiling.ts'
import { API_VERSION, KIND } from '../../pipeline/spec.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import { fingerprint } from '../fingerprint.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedMeta } from '../owner.ts'

export const PIPELINE_FILE = 'pipeline.yaml'

/**
 * The pipeline as its processes read it, in a ConfigMap named by its content: pods of an earlier plan that start anew during a rollout still
 * find theirs. What only the cluster needs is left out, so that a change of it makes no new file.
 */
export function pipelineFile(pipeline: DesiredPipeline): KubernetesObject {
  const text = JSON.stringify(operandManifest(pipeline))
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(pipeline.owner, `${pipeline.owner.name}-${fingerprint(text)}`, 'pipeline'),
    immutable: true,
    data: { [PIPELINE_FILE]: text }, // JSON is YAML
  }
}

function operandManifest({ owner, spec }: DesiredPipeline): unknown {
  const { source, database, metrics, workers, aggregation } = spec
  const { resources: _, ...runs } = aggregation
  const { serviceMonitor, logLevel } = spec.telemetry // where to send telemetry stands in the environment, and an earlier image knows no more
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: owner.name },
    spec: {
      source,
      database,
      metrics,
      workers: { replicas: replicaCeiling(spec), batchSize: workers.batchSize }, // an earlier image knows nothing of scaling
      aggregation: runs,
      telemetry: { serviceMonitor, logLevel },
    },
  }
}
