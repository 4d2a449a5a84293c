import type { PipelineSpec } from '../pipeline/spec.ts'

/**
 * The image that a pipeline's processes run. Chosen, it is that one. Else it is the operator's own, pinned when the operator first sees the
 * object: a newer operator restarts nothing unless it is asked to.
 */
export function decideImage(
  { image, upgrade }: Pick<PipelineSpec, 'image' | 'upgrade'>,
  pinned: string | undefined,
  operatorImage: string,
): string {
  if (image !== undefined) return image
  return upgrade === 'Automatic' ? operatorImage : (pinned ?? operatorImage)
}
