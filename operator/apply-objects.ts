import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  type KubernetesError,
} from '../adapters/kubernetes/kubernetes-error.ts'
import { isInSync } from '../core/operator/in-sync.ts'
import { judgeOwnership } from '../core/operator/judge-ownership.ts'
import { type KubernetesObject, objectKey } from '../core/operator/kubernetes-object.ts'
import type { Owner } from '../core/operator/owner.ts'
import { kindOf } from './kinds.ts'

/** Objects of ours as the watches show them, by `objectKey`. */
export type Observed = ReadonlyMap<string, KubernetesObject>

/** What was not written. */
export interface Unwritten {
  /** Names that somebody else's objects have, as `objectKey` gives them. */
  readonly taken: readonly string[]
  /** Why the API server would not have it. */
  readonly refusals: readonly KubernetesError[]
}

/**
 * Writes what differs, in order, and nothing over what is somebody else's. What cannot be written keeps nothing else from being written.
 */
export async function applyDesired(
  client: KubernetesClient,
  desired: readonly KubernetesObject[],
  observed: Observed,
  owners: readonly Owner[],
): Promise<Unwritten> {
  const taken: string[] = []
  const refusals: KubernetesError[] = []
  for (const object of desired) {
    try {
      const isOurs = await applyOne(client, object, observed.get(objectKey(object)), owners)
      if (!isOurs) taken.push(objectKey(object))
    } catch (error) {
      if (!(error instanceof ForbiddenError || error instanceof InvalidError)) throw error
      refusals.push(error)
    }
  }
  return { taken, refusals }
}

/**
 * Whether the object is ours. What no watch shows is written as new, and nobody is asked before: ours carry our labels, and those are watched,
 * so there hardly ever is one. Where there is, the API server refuses, and only then it matters whose it is.
 */
async function applyOne(
  client: KubernetesClient,
  object: KubernetesObject,
  there: KubernetesObject | undefined,
  owners: readonly Owner[],
): Promise<boolean> {
  const kind = kindOf(object)
  if (there !== undefined) {
    if (there.kind !== 'Job') await mend(client, object, there) // what one runs nobody may change, also when a webhook made it something else
    return true
  }
  try {
    await client.applyNew(kind, object)
    return true
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    const found = await client.find(kind, object.metadata.namespace, object.metadata.name)
    if (found === undefined) throw error // it went meanwhile: the next pass makes it
    if (judgeOwnership(found, owners) !== 'ours') return false
    await mend(client, object, found) // one that the watch is late with, or that has lost its labels
    return true
  }
}

/** Nothing is sent for what is as it should be. By its uid, for another of its name may be somebody else's. */
async function mend(client: KubernetesClient, object: KubernetesObject, there: KubernetesObject): Promise<void> {
  if (isInSync(object, there)) return
  const { uid } = there.metadata
  const metadata = uid === undefined ? object.metadata : { ...object.metadata, uid }
  await client.apply(kindOf(object), { ...object, metadata })
}

/** How many workers a Deployment of ours has. Gives why the API server would not have it. */
export async function applyScale(
  client: KubernetesClient,
  scale: KubernetesObject,
  there: KubernetesObject,
): Promise<readonly KubernetesError[]> {
  try {
    await mend(client, scale, there)
    return []
  } catch (error) {
    if (!(error instanceof ForbiddenError || error instanceof InvalidError)) throw error
    return [error]
  }
}

/** Each by its uid: another object that took its name meanwhile stays. */
export async function removeObjects(client: KubernetesClient, objects: readonly KubernetesObject[]): Promise<void> {
  for (const { kind, metadata } of objects) {
    const { uid } = metadata
    await client.delete(kindOf({ kind }), metadata.namespace, metadata.name, uid === undefined ? {} : { uid })
  }
}
