import { wantedComposite } from '../../pipeline/wanted-composite.ts'
import type { DesiredPipeline } from '../desired-pipeline.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { ownedMeta } from '../owner.ts'

export const COMPOSITE_FILE = 'composite.json'

export function compositeFileName(pipeline: string): string {
  return `${pipeline}-composite`
}

/**
 * When the pipeline's score is calculated, and with which weights. Its name stays and its content changes, unlike that of the pipeline's own
 * file: workers that run read the new one, and none starts anew for it.
 */
export function compositeFile({ owner, spec }: DesiredPipeline): readonly KubernetesObject[] {
  if (spec.composite === undefined) return []
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ownedMeta(owner, compositeFileName(owner.name), 'pipeline'),
      data: { [COMPOSITE_FILE]: JSON.stringify(wantedComposite(spec.composite)) },
    },
  ]
}
