import type { CompositeSpec } from '../../pipeline/spec.ts'
import { parseDurationMs } from '../../time/duration.ts'
import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import { databaseReachable, type Seen } from './reachable.ts'

export interface CompositeSeen extends Seen {
  readonly composite: CompositeSpec
  readonly isSuspended: boolean
  /** Nothing is to be done, so no worker is wanted. */
  readonly isAsleep: boolean
}

/** Whether no score is older than it may be. */
export function compositeFresh(seen: CompositeSeen): Finding {
  const { signals, composite } = seen
  if (signals === undefined || 'unreachable' in signals.database) return unknown(databaseReachable(seen))
  const [oldest] = signals.database.composites.toSorted((a, b) => b.ageMs - a.ageMs)
  if (oldest === undefined) return isUnknown('NotYetCalculated', 'no score was calculated so far')
  const oldestIs = `the score of ${oldest.scope} is as of ${oldest.asOf}`
  const mayBeMs = composite.strategy === 'EventBased' ? Infinity : (parseDurationMs(composite.maxStale) ?? Infinity)
  if (oldest.ageMs <= mayBeMs) return isTrue('Fresh', oldestIs)
  if (seen.isSuspended) return isFalse('Suspended', `${oldestIs}; no worker runs, for spec.suspend is true`)
  if (seen.isAsleep) return isFalse('ScaledToZero', `${oldestIs}, and nothing has come since; no worker runs`)
  return isFalse('Stale', `${oldestIs}, longer ago than ${composite.maxStale}; the log of the workers says why`)
}

function unknown({ reason, message }: Finding): Finding {
  return isUnknown(reason, message)
}
