import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import { decideReconnect, type WatchEnd } from '../../core/watch/decide-reconnect.ts'
import type { Logger } from '../telemetry/create-logger.ts'
import type { KubernetesClient, Selection } from './kubernetes-client.ts'
import { GoneError, TooManyRequestsError } from './kubernetes-error.ts'
import type { ObjectKey, ResourceKind } from './kubernetes-object.ts'
import { keyOf, ObjectStore } from './object-store.ts'

/** One object came, changed or went. An object that was deleted and made anew is told of twice: it went, and it came. */
export interface ObjectChange {
  readonly key: ObjectKey
  /** Undefined when it is gone. */
  readonly object: KubernetesObject | undefined
  /** Undefined when it is new. */
  readonly previous: KubernetesObject | undefined
  /** It was there before we looked: nobody waits for an answer to it. */
  readonly isFirstListing: boolean
}

export interface ReflectorOptions extends Selection {
  readonly client: KubernetesClient
  readonly kind: ResourceKind
  /** Called in order, and at once: to note that something is to be done, not to do it. */
  readonly onChange: (change: ObjectChange) => void
  /** What of an object is kept. Default: all. */
  readonly keep?: (object: KubernetesObject) => KubernetesObject
  readonly log: Logger
}

/** Bookmarks come about once a minute, but of kinds of which nothing was ever changed. */
const SILENCE_MS = 90_000

/** Not the same for all, lest all begin anew at the same moment. */
const WATCH_SECONDS = { least: 240, most: 480 }

/**
 * A copy of all objects of one kind that is kept up to date: a listing, then a watch from where it ended, over and over. The copy may be late, and
 * is while the API server is out of reach; it is never half.
 */
export class Reflector {
  readonly store = new ObjectStore()
  readonly #options: ReflectorOptions
  readonly #synced = Promise.withResolvers<void>()
  #hasSynced = false
  #running = false
  /** Where the next watch begins; undefined before a listing. */
  #version: string | undefined

  constructor(options: ReflectorOptions) {
    this.#options = options
  }

  /** Whether a listing was ever complete. Before that, what is not in the store says nothing. */
  get hasSynced(): boolean {
    return this.#hasSynced
  }

  /** `cronjobs`. */
  get plural(): string {
    return this.#options.kind.plural
  }

  /** Resolves when a listing is complete for the first time. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Until stopped. Never throws but when it runs already. */
  async run(stop: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`the reflector of ${this.#options.kind.plural} runs already`)
    this.#running = true
    for (let failures = 0; !stop.aborted; ) {
      const startedAt = performance.now()
      const end = await this.#follow(stop)
      if (stop.aborted) break
      const reconnect = decideReconnect(end, performance.now() - startedAt, failures, Math.random())
      failures = reconnect.failures
      if (reconnect.relist) this.#version = undefined
      if (reconnect.waitMs > 0) await this.#options.client.waitForRecovery(reconnect.waitMs, stop)
    }
    this.#running = false
  }

  /** Once: the listing if there has to be one, and a watch. */
  async #follow(stop: AbortSignal): Promise<WatchEnd> {
    const { client, kind, log } = this.#options
    const afterListing = this.#version === undefined
    try {
      if (afterListing) await this.#list(stop)
      const seconds = Math.round(WATCH_SECONDS.least + Math.random() * (WATCH_SECONDS.most - WATCH_SECONDS.least))
      const limits = { seconds, silenceMs: SILENCE_MS }
      for await (const { type, object } of client.watch(kind, this.#options, this.#version!, limits, stop)) {
        if (stop.aborted) break
        this.#version = object.metadata.resourceVersion
        if (type === 'DELETED') this.#remove(object)
        else if (type !== 'BOOKMARK') this.#put(object)
      }
      return { how: 'closed' }
    } catch (error) {
      if (stop.aborted) return { how: 'closed' }
      const fields = { kind: kind.plural, namespace: this.#options.namespace, error }
      if (error instanceof GoneError) {
        log.info(fields, 'the watched version is forgotten, listing again')
        return { how: 'gone', afterListing }
      }
      log.warn(fields, 'a watch failed')
      return error instanceof TooManyRequestsError
        ? { how: 'refused', retryAfterMs: error.retryAfterMs }
        : { how: 'failed' }
    }
  }

  async #list(stop: AbortSignal): Promise<void> {
    const { client, kind } = this.#options
    const { items, resourceVersion } = await client.list(kind, this.#options, stop)
    const uids = new Set(items.map(({ metadata }) => metadata.uid))
    for (const known of this.store.list()) if (!uids.has(known.metadata.uid)) this.#remove(known)
    for (const item of items) this.#put(item)
    this.#version = resourceVersion
    this.#hasSynced = true
    this.#synced.resolve()
  }

  #put(whole: KubernetesObject): void {
    const object = this.#options.keep?.(whole) ?? whole
    const { namespace, name } = keyOf(object)
    let previous = this.store.get(namespace, name)
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      this.#remove(previous)
      previous = undefined
    }
    this.store.put(object)
    this.#tell(object, previous)
  }

  #remove(object: KubernetesObject): void {
    const { namespace, name } = keyOf(object)
    const previous = this.store.get(namespace, name)
    if (previous === undefined || previous.metadata.uid !== object.metadata.uid) return // another of that name
    this.store.remove(previous)
    this.#tell(undefined, previous)
  }

  #tell(object: KubernetesObject | undefined, previous: KubernetesObject | undefined): void {
    const key = keyOf((object ?? previous)!)
    try {
      this.#options.onChange({ key, object, previous, isFirstListing: !this.#hasSynced })
    } catch (error) {
      this.#options.log.error({ kind: this.#options.kind.plural, ...key, error }, 'a change could not be noted')
    }
  }
}
