import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import type { ObjectKey } from './kubernetes-object.ts'

/** Objects of one kind as they were seen last. What is not in it may exist all the same: before deleting for that reason, ask the API server. */
export class ObjectStore {
  readonly #objects = new Map<string, KubernetesObject>()

  get size(): number {
    return this.#objects.size
  }

  get(namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#objects.get(keyText({ namespace, name }))
  }

  list(): readonly KubernetesObject[] {
    return [...this.#objects.values()]
  }

  put(object: KubernetesObject): void {
    this.#objects.set(keyText(keyOf(object)), object)
  }

  remove(object: KubernetesObject): void {
    this.#objects.delete(keyText(keyOf(object)))
  }
}

export function keyOf({ metadata }: KubernetesObject): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name }
}

/** `namespace/name`, as kubectl writes it. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
