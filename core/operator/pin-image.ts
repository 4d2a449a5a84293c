import type { PipelineSpec } from '../pipeline/spec.ts'

/**
 * The image that a pipeline's processes run where its spec names none: the operator's own, pinned when the operator first sees the object. A
 * newer operator restarts nothing unless it is asked to.
 */
export function pinImage(
  { upgrade }: Pick<PipelineSpec, 'upgrade'>,
  pinned: string | undefined,
  operatorImage: string,
): string {
  return upgrade === 'Automatic' ? operatorImage : (pinned ?? operatorImage)
}
