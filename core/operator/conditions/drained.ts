import { mayHoldShards } from '../../signals/may-hold-shards.ts'
import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'
import { count, databaseReachable, type Seen, sourceReachable } from './reachable.ts'

/** Whether a suspended pipeline has come to rest: no worker is left, none holds a shard, and what waits is still there. */
export function drained(seen: Seen, workerPods: number): Finding {
  if (workerPods > 0) return isFalse('Draining', `${count(workerPods, 'worker')} finish what they hold`)
  const { signals } = seen
  if (signals === undefined || 'unreachable' in signals.database) return unknown(databaseReachable(seen))
  const { shards } = signals.database
  const members = signals.database.members.filter(mayHoldShards)
  const owners = shards.filter(({ owner }) => owner !== null).length
  if (members.length > 0 || owners > 0) {
    return isFalse(
      'Draining',
      `${count(members.length, 'member')} and ${count(owners, 'owner of a shard')} are still listed`,
    )
  }
  if ('unreachable' in signals.source) return unknown(sourceReachable(seen))
  const { backlog, pending } = signals.source
  const left = pending === 0 ? 'nothing is in flight' : `${pending} of them were handed to a worker that ended early`
  return isTrue('Drained', `no worker is left, ${backlog ?? 'an unknown number of'} entries wait, ${left}`)
}

function unknown({ reason, message }: Finding): Finding {
  return isUnknown(reason, message)
}
