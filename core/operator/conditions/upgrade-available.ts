import type { PipelineSpec } from '../../pipeline/spec.ts'
import { type Finding, isFalse, isTrue } from '../finding.ts'
import type { OperatorIdentity } from '../observation.ts'

/** Whether this operator has a newer image than the pipeline runs, which nobody asked to be used yet. */
export function upgradeAvailable(
  { image, upgrade }: Pick<PipelineSpec, 'image' | 'upgrade'>,
  runs: string,
  operator: OperatorIdentity,
): Finding {
  if (runs === operator.image) return isFalse('UpToDate', `runs ${runs}`)
  if (image !== undefined)
    return isFalse('ImageChosen', `spec.image names ${image}; the operator's own is ${operator.image}`)
  if (upgrade === 'Automatic') return isFalse('Upgrading', `goes over to ${operator.image}`)
  return isTrue(
    'NewerOperator',
    `runs ${runs}, operator ${operator.version} brings ${operator.image}: set spec.image to it, or spec.upgrade to Automatic`,
  )
}
