import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import { databaseReachable, type Seen } from './reachable.ts'

/** Whether the streams still hold all that was never read. What a worker found lost stays noted until a backfill. */
export function streamsIntact(seen: Seen): Finding {
  const { signals } = seen
  if (signals === undefined || 'unreachable' in signals.database) {
    const { reason, message } = databaseReachable(seen)
    return isUnknown(reason, message)
  }
  const [first, ...rest] = signals.database.streamFaults
  if (first === undefined) return isTrue('Intact', 'no worker found anything missing')
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`
  return isFalse(
    'DataMissing',
    `${first.stream}: ${first.detail}${more}; publish again what is missing, or run mp backfill`,
  )
}
