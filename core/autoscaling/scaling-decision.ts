import type { BacklogIs } from '../signals/pipeline-signals.ts'

/** How many workers there should be, and why. */
export interface ScalingDecision {
  /** To ask for now. In mode Advisory what is asked for already. */
  readonly replicas: number
  /** What mode Internal asks for now: another number than `replicas` in mode Advisory only. */
  readonly wanted: number
  /** What the load alone asks for, before any bound; null while nobody knows. */
  readonly raw: number | null
  readonly reason: ScalingReason
  /** One sentence for a person on call: what is seen, in numbers, and what would change it. */
  readonly message: string
  readonly inputs: ScalingInputs
}

export const SCALING_REASONS = [
  // another number than before
  'Woken',
  'BacklogGrows',
  'ArrivalsGrow',
  'AgeAboveTarget',
  'Learning',
  'LoadFell',
  'Idle',
  'OutOfBounds',
  'PutBack',
  // the same number
  'Overridden',
  'Steady',
  'Stabilising',
  'Starting',
  'Settling',
  'CatchingUp',
  'AtMaximum',
  'LimitedByShards',
  'LimitedByConnections',
  'HotShard',
  'IneffectiveScaleUp',
  'ProgressStalled',
  'HoldUnknown',
  'HoldRollout',
  'HoldFailing',
  'HoldSuspended',
] as const

export type ScalingReason = (typeof SCALING_REASONS)[number]

/** What was known when it was decided; null where it was not. */
export interface ScalingInputs {
  readonly backlog: number | null
  readonly backlogIs: BacklogIs | null
  readonly pending: number | null
  readonly oldestEventAgeMs: number | null
  readonly arrivalsPerSecond: number | null
  readonly completionsPerSecond: number | null
  readonly capacityPerWorker: number | null
  readonly marks: number | null
  readonly resolvableReferences: number | null
  readonly overdueNextChanges: number | null
  readonly ready: number
}
