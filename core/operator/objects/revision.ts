import type { PipelineSpec } from '../../pipeline/spec.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import { fingerprint } from '../fingerprint.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedMeta } from '../owner.ts'

/** A plan that was valid, and whose migration is done: what keeps running while a later one is not so far. The highest number is in force. */
export function revision(pipeline: DesiredPipeline, number: number): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: ownedMeta(pipeline.owner, revisionName(pipeline), 'pipeline'),
    data: revisionData(pipeline),
    revision: number,
  }
}

export function revisionName(pipeline: DesiredPipeline): string {
  return `${pipeline.owner.name}-${fingerprint(revisionData(pipeline))}`
}

type StoredSpec = Omit<PipelineSpec, 'workers'> & { readonly workers: Omit<PipelineSpec['workers'], 'scaling'> }

/** Suspending and scaling change nothing that would have to be remembered, and what is stored here cannot be changed. */
function revisionData({ spec, image }: DesiredPipeline): { readonly spec: StoredSpec } {
  const { scaling: _, ...workers } = spec.workers
  return { spec: { ...spec, suspend: false, workers: { ...workers, replicas: 1 }, image } }
}

/** Whether the plan needs nothing of the database that the one which was written down does not. When its score is calculated makes no tables. */
export function hasTablesOf(revision: KubernetesObject, pipeline: DesiredPipeline): boolean {
  return tablesOf(revision['data'] as { readonly spec: StoredSpec }) === tablesOf(revisionData(pipeline))
}

function tablesOf({ spec: { composite: _, ...spec } }: { readonly spec: StoredSpec }): string {
  return fingerprint(spec)
}

export function revisionNumber(object: KubernetesObject): number {
  return typeof object['revision'] === 'number' ? object['revision'] : 0
}
