import type { ScalingSettings } from '../pipeline/scaling-settings.ts'
import type { PipelineSignals } from '../signals/pipeline-signals.ts'
import type { ScalingMemory } from './scaling-memory.ts'

export interface ScalingInput {
  readonly settings: ScalingSettings
  readonly ceilings: Ceilings
  /** Undefined: whoever observes cannot be asked, and `trouble` says why. */
  readonly signals: PipelineSignals | undefined
  readonly trouble: string | undefined
  readonly fleet: FleetState
  /** From the decision before; `EMPTY_MEMORY` at first. */
  readonly memory: ScalingMemory
  /** Only differences count. */
  readonly nowMs: number
}

/** The most workers that there is room for, whatever the settings say. */
export interface Ceilings {
  /** A shard is read by one worker at a time. Undefined for a source that is not sharded. */
  readonly shards: number | undefined
  /** For how many workers the database's connections reach. */
  readonly connections: number
}

export interface FleetState {
  /** Asked for now. */
  readonly replicas: number
  readonly ready: number
  readonly isRollingOut: boolean
  readonly isSuspended: boolean
  /** Why pods do not become ready, in their own word (`CrashLoopBackOff`, `Unschedulable`); undefined while they do. */
  readonly failing: string | undefined
  /** The field manager that wrote the number, where it is somebody else's and can be seen. */
  readonly scaledBy: string | undefined
}
