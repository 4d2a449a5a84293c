import type { KubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import { ForbiddenError, InvalidError, type KubernetesError } from '../adapters/kubernetes/kubernetes-error.ts'
import { isInSync } from '../core/operator/in-sync.ts'
import { judgeOwnership } from '../core/operator/judge-ownership.ts'
import { type KubernetesObject, objectKey } from '../core/operator/kubernetes-object.ts'
import type { Owner } from '../core/operator/owner.ts'
import { kindOf } from './kinds.ts'

/** Objects of ours as the watches show them, by `objectKey`. */
export type Observed = ReadonlyMap<string, KubernetesObject>

/**
 * Which of the wanted objects exist and belong to somebody else. Only those that no watch shows have to be asked for: ours carry our labels,
 * and those are watched.
 */
export async function findTaken(
  client: KubernetesClient,
  desired: readonly KubernetesObject[],
  observed: Observed,
  owners: readonly Owner[],
): Promise<readonly string[]> {
  const taken: string[] = []
  for (const object of desired) {
    if (observed.has(objectKey(object))) continue
    // One by one: all at once they would wait in line for their turn, and everybody else's requests behind them.
    const found = await client.get(kindOf(object), object.metadata.namespace, object.metadata.name)
    if (found !== undefined && judgeOwnership(found, owners) !== 'ours') taken.push(objectKey(object))
  }
  return taken
}

/**
 * Writes what differs, in order. Nothing is sent for what is as it should be, nor for a Job that is there: the API server lets nobody change
 * what a Job runs, also when a webhook made it something else than was asked for. What the API server refuses keeps nothing else from being
 * written; gives these refusals.
 */
export async function applyDesired(
  client: KubernetesClient,
  desired: readonly KubernetesObject[],
  observed: Observed,
): Promise<readonly KubernetesError[]> {
  const refusals: KubernetesError[] = []
  for (const object of desired) {
    const there = observed.get(objectKey(object))
    if (there !== undefined && (there.kind === 'Job' || isInSync(object, there))) continue
    try {
      await client.apply(kindOf(object), object)
    } catch (error) {
      if (!(error instanceof ForbiddenError || error instanceof InvalidError)) throw error
      refusals.push(error)
    }
  }
  return refusals
}

/** Each by its uid: another object that took its name meanwhile stays. */
export async function removeObjects(client: KubernetesClient, objects: readonly KubernetesObject[]): Promise<void> {
  for (const { kind, metadata } of objects) {
    const { uid } = metadata
    await client.delete(kindOf({ kind }), metadata.namespace, metadata.name, uid === undefined ? {} : { uid })
  }
}
