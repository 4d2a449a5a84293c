import { type KubernetesObject, objectKey } from '../core/operator/kubernetes-object.ts'
import { COMPONENT_LABEL, PIPELINE_LABEL } from '../core/operator/owner.ts'
import type { WorkKey } from './work-key.ts'

/** Objects of the operator by what they belong to, so that a reconcile does not look through those of a thousand others. */
export class ObjectIndex {
  readonly #byKey = new Map<string, Map<string, KubernetesObject>>()

  put(key: string, object: KubernetesObject): void {
    const objects = this.#byKey.get(key) ?? new Map<string, KubernetesObject>()
    objects.set(objectKey(object), object)
    this.#byKey.set(key, objects)
  }

  remove(key: string, object: KubernetesObject): void {
    const objects = this.#byKey.get(key)
    objects?.delete(objectKey(object))
    if (objects?.size === 0) this.#byKey.delete(key)
  }

  keys(): readonly string[] {
    return [...this.#byKey.keys()]
  }

  of(key: string): readonly KubernetesObject[] {
    return [...(this.#byKey.get(key)?.values() ?? [])]
  }
}

/** By its labels; undefined for what carries ours by mistake. */
export function keyOfObject({ metadata }: KubernetesObject): WorkKey | undefined {
  const { labels = {}, namespace } = metadata
  if (namespace === undefined) return undefined
  const pipeline = labels[PIPELINE_LABEL]
  if (pipeline !== undefined) return { namespace, pipeline }
  return labels[COMPONENT_LABEL] === 'exporter' ? { namespace } : undefined
}
