import { backoffMs } from '../time/backoff.ts'

/** How a listing or the watch after it ended. */
export type WatchEnd =
  /** As watches end: the server closed it in good order. */
  | { readonly how: 'closed' }
  /** The server has forgotten the version that we were at, even if it had just told it in a listing. */
  | { readonly how: 'gone'; readonly afterListing: boolean }
  /** It asked for some time. */
  | { readonly how: 'refused'; readonly retryAfterMs: number }
  | { readonly how: 'failed' }

export interface Reconnect {
  /** List again first: the version is of no use. */
  readonly relist: boolean
  readonly waitMs: number
  /** To be handed in the next time. */
  readonly failures: number
}

/** Whoever got so far had a server that works. */
const LIVED_MS = 5_000

const PAUSE = { firstMs: 800, maxMs: 30_000 }

/**
 * When to go on after a watch ended, and from where. At once when it lived as long as watches do: changes are not seen meanwhile. Ever later
 * when it did not, `failures` times in a row before this one; `random` in [0, 1).
 */
export function decideReconnect(end: WatchEnd, lastedMs: number, failures: number, random: number): Reconnect {
  const before = lastedMs > LIVED_MS ? 0 : failures
  const relist = end.how === 'gone'
  if (end.how === 'closed' && lastedMs > LIVED_MS) return { relist, waitMs: 0, failures: 0 }
  if (end.how === 'gone' && !end.afterListing) return { relist, waitMs: 0, failures: 0 } // an answer, however long there was none before
  const waitMs = backoffMs(before + 1, random, PAUSE)
  return { relist, waitMs: end.how === 'refused' ? Math.max(end.retryAfterMs, waitMs) : waitMs, failures: before + 1 }
}
