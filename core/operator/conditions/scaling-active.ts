import type { ScalingDecision, ScalingReason } from '../../autoscaling/scaling-decision.ts'
import { type Finding, isFalse, isTrue } from '../finding.ts'

/** What keeps the number of workers from following the backlog: somebody else, that more of them would not help, or that nobody knows. */
const HELD = new Set<ScalingReason>([
  'Overridden',
  'HoldUnknown',
  'HoldRollout',
  'HoldFailing',
  'IneffectiveScaleUp',
  'ProgressStalled',
])

/** The backlog asks for more than there may be. */
const LIMITED = new Set<ScalingReason>(['AtMaximum', 'LimitedByShards', 'LimitedByConnections', 'HotShard'])

/** Whether the number of workers follows the backlog. */
export function scalingActive({ reason, message }: Pick<ScalingDecision, 'reason' | 'message'>): Finding {
  if (HELD.has(reason)) return isFalse(reason, message)
  if (LIMITED.has(reason)) return isTrue(reason, message)
  return isTrue(
    'FollowsBacklog',
    'the number of workers follows the backlog; status.autoscaling says why there are as many',
  )
}
