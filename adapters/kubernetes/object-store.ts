import type { KubernetesObject, ObjectKey } from './kubernetes-object.ts'

/** Objects of one kind as they were seen last. What is not in it may exist all the same: before deleting for that reason, ask the API server. */
export class ObjectStore {
  readonly #objects = new Map<string, KubernetesObject>()
  readonly #owned = new Map<string, Set<string>>()

  get size(): number {
    return this.#objects.size
  }

  get(namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#objects.get(keyText({ namespace, name }))
  }

  list(): readonly KubernetesObject[] {
    return [...this.#objects.values()]
  }

  /** Those that name this uid among their owners. */
  ownedBy(uid: string): readonly KubernetesObject[] {
    return [...(this.#owned.get(uid) ?? [])].map((key) => this.#objects.get(key)!)
  }

  put(object: KubernetesObject): void {
    const key = keyText(keyOf(object))
    this.#disown(key)
    this.#objects.set(key, object)
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid)
      if (owned === undefined) this.#owned.set(uid, new Set([key]))
      else owned.add(key)
    }
  }

  remove(object: KubernetesObject): void {
    const key = keyText(keyOf(object))
    this.#disown(key)
    this.#objects.delete(key)
  }

  #disown(key: string): void {
    for (const { uid } of this.#objects.get(key)?.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid)
      owned?.delete(key)
      if (owned?.size === 0) this.#owned.delete(uid)
    }
  }
}

export function keyOf({ metadata }: KubernetesObject): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name }
}

/** `namespace/name`, as kubectl writes it. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
