import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient, ApiObject } from './api-client.ts'

export interface Follower {
  /** An object is there, or is different. Told again, of all, whenever the watch had to be begun anew. */
  readonly changed: (object: ApiObject) => void
  readonly gone: (object: ApiObject) => void
}

const PAUSE_MS = 200

/** Tells of every change to the objects of a collection until `signal`, over every outage of the API server. */
export async function follow(api: ApiClient, path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  const known = new Map<string, ApiObject>()
  while (!signal.aborted) {
    try {
      await followOnce(api, path, follower, known, signal)
    } catch {
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined) // the server is away, or the version too old to go on from
    }
  }
}

async function followOnce(
  api: ApiClient,
  path: string,
  { changed, gone }: Follower,
  known: Map<string, ApiObject>,
  signal: AbortSignal,
): Promise<void> {
  const { items, metadata } = await api.get(path)
  const uids = new Set<string>(items.map((item: ApiObject) => item['metadata'].uid))
  for (const [uid, object] of known) if (!uids.has(uid) && known.delete(uid)) gone(object)
  for (const item of items) keep(item)
  const query = `watch=true&resourceVersion=${metadata.resourceVersion}`
  for await (const { type, object } of await api.watch(`${path}${path.includes('?') ? '&' : '?'}${query}`, signal)) {
    if (type === 'ERROR') throw new Error(object['message'])
    if (type === 'DELETED' && known.delete(object['metadata'].uid)) gone(object)
    if (type === 'ADDED' || type === 'MODIFIED') keep(object)
  }

  function keep(object: ApiObject): void {
    known.set(object['metadata'].uid, object)
    changed(object)
  }
}
