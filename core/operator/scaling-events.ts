import type { PipelineEvent } from './events-of.ts'
import type { AutoscalingStatus } from './status.ts'

/** One event for each change of the number of workers. That of a suspended pipeline is told by its conditions. */
export function scalingEvents(
  before: AutoscalingStatus | undefined,
  after: AutoscalingStatus | undefined,
): readonly PipelineEvent[] {
  if (before === undefined || after === undefined || before.replicas === after.replicas) return []
  if (isSuspended(before) || isSuspended(after)) return []
  const note = `from ${before.replicas} to ${after.replicas} workers: ${after.message}`
  return [{ type: 'Normal', reason: wordFor(before.replicas, after.replicas), note }]
}

export function wordFor(before: number, after: number): 'ScaledToZero' | 'Woken' | 'ScaledUp' | 'ScaledDown' {
  if (after === 0) return 'ScaledToZero'
  if (before === 0) return 'Woken'
  return after > before ? 'ScaledUp' : 'ScaledDown'
}

function isSuspended({ reason }: AutoscalingStatus): boolean {
  return reason === 'HoldSuspended'
}
