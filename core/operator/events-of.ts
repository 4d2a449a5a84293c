import type { Condition } from './status.ts'

/** What `kubectl describe` tells of a change. */
export interface PipelineEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly note: string
}

/** Bad news when true. */
const ADVERSE = new Set<Condition['type']>(['UpgradeAvailable'])

/** One event for each condition that says something else than before. */
export function eventsOf(before: readonly Condition[], after: readonly Condition[]): readonly PipelineEvent[] {
  return after.flatMap((condition) => {
    const { type, status, reason, message } = condition
    const earlier = before.find((each) => each.type === type)
    if (earlier?.status === status && earlier.reason === reason) return []
    if (earlier?.status === 'True' && status === 'True' && OF_SCALING.has(earlier.reason) && OF_SCALING.has(reason))
      return []
    if (earlier === undefined && type !== 'Ready') return [] // at first everything is new, and Ready tells what it waits for
    const isGood = status === (ADVERSE.has(type) ? 'False' : 'True')
    const isUsual = USUAL.has(reason)
    return [{ type: isGood || isUsual ? 'Normal' : 'Warning', reason, note: `${type}: ${message}` }]
  })
}

/** Between these a fleet goes by being scaled, which has events of its own. */
const OF_SCALING = new Set(['Available', 'ScaledToZero', 'Waking'])

/** On the way to what was asked for. */
const USUAL = new Set([
  'Starting',
  'NotStarted',
  'Migrating',
  'Suspended',
  'Draining',
  'NotYetRun',
  'NoneWanted',
  'HoldRollout',
])
