import type { KubernetesObject } from './kubernetes-object.ts'
import { revisionNumber } from './objects/revision.ts'

/** Enough to see what was before; `kubectl get controllerrevisions` shows them. */
const KEPT = 3

export interface Revisions {
  /** The plan in force; undefined before the first one's migration is done. */
  readonly current: KubernetesObject | undefined
  readonly outdated: readonly KubernetesObject[]
}

export function rankRevisions(owned: readonly KubernetesObject[]): Revisions {
  const ranked = owned
    .filter(({ kind }) => kind === 'ControllerRevision')
    .sort((a, b) => revisionNumber(b) - revisionNumber(a))
  return { current: ranked[0], outdated: ranked.slice(KEPT) }
}
