import type { CompositeSpec } from '../../pipeline/spec.ts'
import { parseDurationMs } from '../../time/duration.ts'
import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import { databaseReachable, type Seen } from './reachable.ts'

export interface CompositeSeen extends Seen {
  readonly composite: CompositeSpec
  /** All that are to have a score. */
  readonly scopes: readonly string[]
  /** For how long some of them have been known to have none. */
  readonly awaitedMs: number
  readonly isSuspended: boolean
  /** Nothing is to be done, so no worker is wanted. */
  readonly isAsleep: boolean
}

/** Whether there is a score of each scope, and none is older than it may be. */
export function compositeFresh(seen: CompositeSeen): Finding {
  const { signals, composite } = seen
  if (signals === undefined || 'unreachable' in signals.database) return unknown(databaseReachable(seen))
  const { composites } = signals.database
  const [oldest] = composites.toSorted((a, b) => b.ageMs - a.ageMs)
  const missing = seen.scopes.filter((each) => !composites.some(({ scope }) => scope === each))
  const maxStaleMs = parseDurationMs(composite.maxStale) ?? Number.POSITIVE_INFINITY
  if (oldest === undefined || missing.length > 0)
    return neverCalculated(seen, { missing, isFirst: oldest === undefined, maxStaleMs })
  const oldestIs = `the score of ${oldest.scope} is as of ${oldest.asOf}`
  const mayBeMs = composite.strategy === 'EventBased' ? Number.POSITIVE_INFINITY : maxStaleMs
  if (oldest.ageMs <= mayBeMs) return isTrue('Fresh', oldestIs)
  if (seen.isSuspended) return isFalse('Suspended', `${oldestIs}; no worker runs, for spec.suspend is true`)
  if (seen.isAsleep) return isFalse('ScaledToZero', `${oldestIs}, and nothing has come since; no worker runs`)
  return isFalse('Stale', `${oldestIs}, longer ago than ${composite.maxStale}; the log of the workers says why`)
}

/** Whatever the strategy, the first calculation is due at once. */
function neverCalculated(
  { isSuspended, isAsleep, awaitedMs, composite }: CompositeSeen,
  {
    missing,
    isFirst,
    maxStaleMs,
  }: { readonly missing: readonly string[]; readonly isFirst: boolean; readonly maxStaleMs: number },
): Finding {
  const which = isFirst ? 'no score was' : `the score of ${missing.join(', ')} was not`
  const isLate = awaitedMs > maxStaleMs && !isSuspended && !isAsleep
  if (!isLate) return isUnknown('NotYetCalculated', `${which} calculated so far`)
  return isFalse(
    'NeverCalculated',
    `${which} calculated for longer than ${composite.maxStale}; the log of the workers says why`,
  )
}

function unknown({ reason, message }: Finding): Finding {
  return isUnknown(reason, message)
}
