import type { ScalingDecision } from '../autoscaling/scaling-decision.ts'
import type { ScalingMemory } from '../autoscaling/scaling-memory.ts'
import type { PipelineSignals } from '../signals/pipeline-signals.ts'
import type { DesiredPipeline } from './desired-pipeline.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { PipelineStatus } from './status.ts'

/** Everything that a decision about a pipeline rests on. */
export interface Observation {
  /** The object's own generation. */
  readonly generation: number
  /** What the object asks for; problems where that is not valid. */
  readonly asked: DesiredPipeline | { readonly problems: readonly string[] }
  /** The plan in force, with the object's own suspension and scale; undefined before the first one's migration is done. */
  readonly inForce: DesiredPipeline | undefined
  /** What the pipeline's processes run unless its spec says otherwise. */
  readonly pinnedImage: string
  /** Objects of this pipeline that are there. */
  readonly owned: readonly KubernetesObject[]
  readonly pods: readonly KubernetesObject[]
  /** Undefined while the exporter cannot be asked. */
  readonly signals: PipelineSignals | undefined
  /** Why it cannot. */
  readonly exporterTrouble: string | undefined
  /** How many workers there should be by what was seen; undefined where the mode leaves it to others, and before anybody has decided. */
  readonly scaling: Scaling | undefined
  /** Objects that carry names of ours and belong to somebody else: `Deployment/orders-worker`. */
  readonly taken: readonly string[]
  /** Why the API server did not take some of what was written. */
  readonly refused: readonly string[]
  readonly previous: PipelineStatus | undefined
  /** Whether this cluster knows the kind ServiceMonitor. */
  readonly hasServiceMonitors: boolean
  readonly operator: OperatorIdentity
}

/** The latest decision about the number of workers, and what it leaves to the next one. Times in it are milliseconds since 1970. */
export interface Scaling {
  readonly decision: ScalingDecision
  readonly memory: ScalingMemory
}

export interface OperatorIdentity {
  readonly version: string
  /** The image of this version's operands. */
  readonly image: string
  /** Secrets, in the namespaces of pipelines, with which operands' images are pulled. */
  readonly pullSecrets: readonly string[]
}
