import type { Dispatcher } from 'undici'
import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import type { BucketSize } from '../../core/time/token-bucket.ts'
import { beginSpan, isInSpan } from '../telemetry/span.ts'
import type { ConnectionRequest, KubernetesConnection } from './connection.ts'
import {
  errorOfStatus,
  GoneError,
  InvalidError,
  KubernetesError,
  LostLeadershipError,
  NotFoundError,
  type RequestName,
  type Status,
  TooManyRequestsError,
  UnreachableError,
} from './kubernetes-error.ts'
import { ingest, type ResourceKind } from './kubernetes-object.ts'
import { Recovery } from './recovery.ts'
import { RequestPace } from './request-pace.ts'
import { describeAddress, type Query, type ResourceAddress, resourcePath } from './resource-path.ts'
import { readWatch, type WatchChange } from './watch-stream.ts'

/** As Kubernetes's own rules for access call them. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** One request that was answered, or was not. For metrics: few different values, whatever happens. */
export interface RequestSeen {
  readonly verb: Verb
  /** `deployments`, `deployments/scale`. */
  readonly resource: string
  /** The HTTP status, or `none` when there was no answer. */
  readonly code: string
  readonly seconds: number
}

export interface KubernetesClientOptions {
  readonly connection: KubernetesConnection
  /** Under this name the API server notes which fields are ours. */
  readonly fieldManager: string
  readonly pace?: BucketSize
  readonly onRequest?: (seen: RequestSeen) => void
  /** Longest time for any request, where the verb's own is too long. */
  readonly timeoutMs?: number
}

/** Whether this process still may write. */
export interface WriteFence {
  mayWrite(): boolean
  readonly lost: AbortSignal
}

/** What a client has in common with those made of it. */
interface Shared {
  readonly pace: RequestPace
  readonly recovery: Recovery
  readonly fence: WriteFence | undefined
}

export interface ObjectList {
  readonly items: readonly KubernetesObject[]
  readonly resourceVersion: string
}

export interface Selection {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined
  /** A label selector. */
  readonly selector?: string | undefined
}

export interface DeleteOptions {
  /** Deletes this very object, not another of its name. */
  readonly uid?: string
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
}

interface Call extends ResourceAddress {
  readonly verb: Verb
  readonly query?: Query
  readonly body?: unknown
  readonly contentType?: string
}

/** What a listing may be narrowed to besides; a watch of ours never is. */
interface Narrowed extends Selection {
  readonly fields?: string
}

type Reading<T> = (answer: Dispatcher.ResponseData, end: AbortController) => Promise<T>

interface RawList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items?: readonly KubernetesObject[]
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<Verb, Dispatcher.HttpMethod>

/** Until the answer is there; of a watch, until it begins. Admission webhooks may take half a minute. */
const TIMEOUTS_MS = {
  get: 10_000,
  list: 60_000,
  watch: 30_000,
  create: 35_000,
  update: 35_000,
  patch: 35_000,
  delete: 35_000,
} as const satisfies Record<Verb, number>

const POD: ResourceKind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }

const PAGE = 500
const LISTINGS = 3
const ATTEMPTS = 4
const DEFAULT_PACE: BucketSize = { perSecond: 20, burst: 30 }
const APPLY_PATCH = 'application/apply-patch+yaml' // JSON is YAML
const JSON_PATCH = 'application/json-patch+json'

/** The greatest that there could be, which no object comes to. */
const NO_VERSION = String(2n ** 63n - 1n)

/**
 * The few verbs that the operator uses, over raw JSON. Every failure is a `KubernetesError`. No request is repeated but one that the API server
 * refused for its own protection, which it did not do; what else failed may have been done.
 */
export class KubernetesClient {
  readonly #options: KubernetesClientOptions
  readonly #pace: RequestPace
  readonly #recovery: Recovery
  readonly #fence: WriteFence | undefined

  constructor(options: KubernetesClientOptions, shared?: Shared) {
    this.#options = options
    this.#pace = shared?.pace ?? new RequestPace(options.pace ?? DEFAULT_PACE)
    this.#recovery = shared?.recovery ?? new Recovery(options.connection)
    this.#fence = shared?.fence
  }

  /** The same client, whose writes are not sent once the fence is down: they throw `LostLeadershipError`. */
  fenced(fence: WriteFence): KubernetesClient {
    return new KubernetesClient(this.#options, { pace: this.#pace, recovery: this.#recovery, fence })
  }

  /** The same client, whose fields are another manager's. */
  as(fieldManager: string): KubernetesClient {
    return new KubernetesClient(
      { ...this.#options, fieldManager },
      { pace: this.#pace, recovery: this.#recovery, fence: this.#fence },
    )
  }

  /** Waits for so long before trying again, or less when the API server was out of reach and is no longer. */
  async waitForRecovery(ms: number, signal: AbortSignal): Promise<void> {
    await this.#recovery.waitAtMost(ms, signal)
  }

  /** Undefined when there is no such object. Throws `NotFoundError` when there is no such kind. */
  async get(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<KubernetesObject | undefined> {
    try {
      return await this.#object({ verb: 'get', kind, namespace, name }, signal)
    } catch (error) {
      if (error instanceof NotFoundError && error.kindIsServed) return undefined
      throw error
    }
  }

  /** The same, for those who may list but not get: with what a watch needs. */
  async find(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<KubernetesObject | undefined> {
    const { items } = await this.#listOnce(kind, { namespace, fields: `metadata.name=${name}` }, signal)
    return items[0]
  }

  /** What a pod answers on one of its ports, passed on by the API server to those who may get `pods/proxy`. */
  async askPod(namespace: string, pod: string, port: number, path: string, signal?: AbortSignal): Promise<string> {
    const address = { kind: POD, namespace, name: `${pod}:${port}`, subresource: 'proxy', behind: path }
    return await this.#text({ verb: 'get', ...address }, signal)
  }

  /** All pages. Begins again when the API server has forgotten the state that the pages are of. */
  async list(kind: ResourceKind, selection: Selection = {}, signal?: AbortSignal): Promise<ObjectList> {
    for (let listing = 1; ; listing += 1) {
      try {
        return await this.#listOnce(kind, selection, signal)
      } catch (error) {
        if (!(error instanceof GoneError) || listing === LISTINGS) throw error
      }
    }
  }

  /**
   * Changes after `resourceVersion`, and bookmarks; ends when the API server closes it, which it does after so many seconds, and when nothing
   * has come for `silenceMs`. Throws `GoneError` when that version is too old, in whichever way the API server says so, and `BrokenWatchError`
   * when it does not end as watches do.
   */
  async *watch(
    kind: ResourceKind,
    { namespace, selector }: Selection,
    resourceVersion: string,
    { seconds, silenceMs }: { readonly seconds: number; readonly silenceMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchChange> {
    const call: Call = {
      verb: 'watch',
      kind,
      namespace,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        labelSelector: selector,
        timeoutSeconds: seconds,
      },
    }
    const stream = await this.#exchange(call, signal, async ({ body }, end) => ({ body, end }))
    yield* readWatch(kind, requestName(call), stream.body, silenceMs, stream.end)
  }

  /** Server-side apply: these fields are ours from now on, and those that we applied before and are not in it go. Returns the object as it is then. */
  async apply(kind: ResourceKind, object: KubernetesObject, signal?: AbortSignal): Promise<KubernetesObject> {
    const { namespace, name } = object.metadata
    const query = { fieldManager: this.#options.fieldManager, force: true }
    const call: Call = { verb: 'patch', kind, namespace, name, query, body: object, contentType: APPLY_PATCH }
    return await this.#object(call, signal)
  }

  /**
   * The same for an object that is not there yet: the API server makes it, or refuses with `ConflictError` when there is one of its name, whoever
   * made that. For it compares versions, where there is something to compare with.
   */
  async applyNew(kind: ResourceKind, object: KubernetesObject, signal?: AbortSignal): Promise<KubernetesObject> {
    const metadata = { ...object.metadata, resourceVersion: NO_VERSION }
    return await this.apply(kind, { ...object, metadata }, signal)
  }

  /**
   * Puts `status` in place of what this very object says, whoever wrote that. Gives whether it was there: false also when another of its name has
   * taken its place. Apply would take that one for it, for it looks at the uid only where it makes an object anew.
   */
  async replaceStatus(
    kind: ResourceKind,
    { namespace, name, uid }: KubernetesObject['metadata'],
    status: unknown,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const query = { fieldManager: this.#options.fieldManager }
    const body = [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'add', path: '/status', value: status },
    ]
    const address = { kind, namespace, name, subresource: 'status' }
    try {
      await this.#text({ verb: 'patch', ...address, query, body, contentType: JSON_PATCH }, signal)
      return true
    } catch (error) {
      if (error instanceof NotFoundError && error.kindIsServed) return false
      // What does not fit is refused in the same words as what is not accepted.
      if (error instanceof InvalidError && (await this.find(kind, namespace, name, signal))?.metadata.uid !== uid)
        return false
      throw error
    }
  }

  /** Throws `ConflictError` with `alreadyExists` when the name is taken. */
  async create(kind: ResourceKind, object: KubernetesObject, signal?: AbortSignal): Promise<KubernetesObject> {
    const { namespace } = object.metadata
    const query = { fieldManager: this.#options.fieldManager }
    return await this.#object({ verb: 'create', kind, namespace, query, body: object }, signal)
  }

  /** Throws `ConflictError` when the object has another `resourceVersion` than this one. */
  async replace(kind: ResourceKind, object: KubernetesObject, signal?: AbortSignal): Promise<KubernetesObject> {
    const { namespace, name } = object.metadata
    const query = { fieldManager: this.#options.fieldManager }
    return await this.#object({ verb: 'update', kind, namespace, name, query, body: object }, signal)
  }

  /** Whether there was such an object. Throws `ConflictError` when another of this name has taken its place. */
  async delete(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    { uid, propagation = 'Background' }: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<boolean> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    }
    try {
      await this.#text({ verb: 'delete', kind, namespace, name, body }, signal)
      return true
    } catch (error) {
      if (error instanceof NotFoundError && error.kindIsServed) return false
      throw error
    }
  }

  async #listOnce(
    kind: ResourceKind,
    { namespace, selector, fields }: Narrowed,
    signal: AbortSignal | undefined,
  ): Promise<ObjectList> {
    const items: KubernetesObject[] = []
    for (let next: string | undefined = ''; ; ) {
      const query = {
        limit: PAGE,
        labelSelector: selector,
        fieldSelector: fields,
        continue: next === '' ? undefined : next,
      }
      const page = JSON.parse(await this.#text({ verb: 'list', kind, namespace, query }, signal)) as RawList
      for (const item of page.items ?? []) items.push(ingest(kind, item))
      next = page.metadata.continue
      if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
    }
  }

  async #object(call: Call, signal: AbortSignal | undefined): Promise<KubernetesObject> {
    const object = JSON.parse(await this.#text(call, signal)) as KubernetesObject
    return ingest(call.kind, object)
  }

  #text(call: Call, signal: AbortSignal | undefined): Promise<string> {
    return this.#exchange(call, signal, (answer) => answer.body.text())
  }

  /** In its turn, and again when the API server refuses to take it now. */
  async #exchange<T>(call: Call, signal: AbortSignal | undefined, read: Reading<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#pace.turn(signal)
      signal?.throwIfAborted()
      try {
        return await this.#attempt(call, signal, read)
      } catch (error) {
        if (!(error instanceof TooManyRequestsError)) throw error
        this.#pace.holdBack(error.retryAfterMs)
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  #askFence(call: Call): void {
    if (isWrite(call) && this.#fence?.mayWrite() === false) throw new LostLeadershipError(requestName(call))
  }

  /** The time limit holds until `read` is done. */
  async #attempt<T>(call: Call, signal: AbortSignal | undefined, read: Reading<T>): Promise<T> {
    const end = new AbortController()
    const limitMs = Math.min(TIMEOUTS_MS[call.verb], this.#options.timeoutMs ?? Number.POSITIVE_INFINITY)
    const limit = setTimeout(() => end.abort(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs)
    const lost = isWrite(call) ? this.#fence?.lost : undefined
    const ends = AbortSignal.any([end.signal, signal, lost].filter((each) => each !== undefined))
    const startedAt = performance.now()
    let code = 'none'
    let failure: unknown
    try {
      const beforeSending = () => this.#askFence(call)
      const answer = await this.#options.connection.request({ ...wireRequest(call), signal: ends, beforeSending })
      code = String(answer.statusCode)
      if (answer.statusCode >= 400) throw await errorOfAnswer(requestName(call), answer)
      return await read(answer, end)
    } catch (error) {
      failure = error
      if (error instanceof KubernetesError) throw error
      if (signal?.aborted) throw signal.reason
      throw new UnreachableError(requestName(call), describe(ends.aborted ? ends.reason : error), { cause: error })
    } finally {
      clearTimeout(limit)
      const resource = call.subresource === undefined ? call.kind.plural : `${call.kind.plural}/${call.subresource}`
      if (isInSpan()) beginSpan(`${call.verb} ${resource}`, { kind: 'client', startedAt }).end(failure)
      this.#options.onRequest?.({ verb: call.verb, resource, code, seconds: (performance.now() - startedAt) / 1_000 })
    }
  }
}

function wireRequest(call: Call): Pick<ConnectionRequest, 'method' | 'path' | 'headers' | 'body'> {
  const { verb, query, body, contentType = 'application/json', ...address } = call
  const request = { method: METHODS[verb], path: resourcePath(address, query) }
  if (body === undefined) return request
  return { ...request, headers: { 'content-type': contentType }, body: JSON.stringify(body) }
}

function requestName(call: Call): RequestName {
  return { verb: call.verb, resource: describeAddress(call) }
}

function isWrite({ verb }: Call): boolean {
  return verb !== 'get' && verb !== 'list' && verb !== 'watch'
}

async function errorOfAnswer(
  request: RequestName,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<KubernetesError> {
  const retryAfter = headers['retry-after']
  return errorOfStatus(request, statusCode, parseStatus(await body.text()), String(retryAfter))
}

/** What stands between us and the API server answers in its own words. */
function parseStatus(text: string): Status {
  try {
    const status: unknown = JSON.parse(text)
    return typeof status === 'object' && status !== null ? status : {}
  } catch {
    return {}
  }
}

/** Node tells of several addresses that were tried by a code alone. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
}
