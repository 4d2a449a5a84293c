import type { ObjectChange } from '../adapters/kubernetes/reflector.ts'
import type { Priority } from '../core/queue/pending-keys.ts'

/** An edit, and damage to what runs, go first; a thousand pipelines that were made at once come last, each when those begun are done. */
export function urgencyOf({
  object,
  previous,
  isFirstListing,
}: Pick<ObjectChange, 'object' | 'previous' | 'isFirstListing'>): Priority {
  if (isFirstListing || previous === undefined) return 'low'
  const isSame = object !== undefined && object.metadata.generation === previous.metadata.generation
  return isSame && object.metadata.generation !== undefined ? 'normal' : 'high'
}
