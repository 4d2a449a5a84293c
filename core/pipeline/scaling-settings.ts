import { parseDurationMs } from '../time/duration.ts'
import { must } from './must.ts'
import type { ScalingMode, ScalingSpec } from './spec.ts'

/** What `spec.workers.scaling` comes to. */
export interface ScalingSettings {
  readonly mode: ScalingMode
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly targetLatencyMs: number
  readonly idleAfterMs: number
}

export function scalingSettings({ targetLatency, idleAfter, ...rest }: ScalingSpec): ScalingSettings {
  return {
    ...rest,
    targetLatencyMs: must(parseDurationMs, targetLatency),
    idleAfterMs: must(parseDurationMs, idleAfter),
  }
}
