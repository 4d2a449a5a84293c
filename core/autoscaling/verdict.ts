import type { Demand } from './demand.ts'
import type { ScalingDecision } from './scaling-decision.ts'
import type { Workload } from './sight.ts'
import type { Situation } from './situation.ts'

/** A situation in which it is known what there is to do. */
export interface Seen extends Situation {
  readonly work: Workload
  /** Undefined while nobody knows what a worker gets done. */
  readonly demand: Demand | undefined
}

/** What one rule comes to, where it has something to say. */
export interface Verdict extends Pick<ScalingDecision, 'reason' | 'message'> {
  readonly replicas: number
}
