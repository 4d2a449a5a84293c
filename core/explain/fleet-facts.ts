import type { AutoscalingStatus } from '../operator/status.ts'
import type { ScalingSpec } from '../pipeline/spec.ts'

/** What is known of a pipeline's workers, wherever they run. */
export interface FleetFacts {
  readonly pipeline: string
  readonly scaling: ScalingSpec
  /** Undefined while nobody has said anything of them. */
  readonly status: AutoscalingStatus | undefined
  readonly ready: number
  readonly backlog: number | undefined
  /** `12s`, of the oldest entry that waits. */
  readonly oldestEventAge: string | undefined
  /** What is not as it should be, each in one line. */
  readonly troubles: readonly string[]
  /** Newest first. */
  readonly changes: readonly FleetChange[]
}

export interface FleetChange {
  /** ISO text. */
  readonly at: string
  /** In one word: `ScaledUp`. */
  readonly what: string
  readonly why: string
}
