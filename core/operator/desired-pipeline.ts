import type { PipelineSpec } from '../pipeline/spec.ts'
import type { Owner } from './owner.ts'

/** A pipeline as the cluster should have it: a spec that is valid, and the image that runs it. */
export interface DesiredPipeline {
  readonly owner: Owner
  readonly spec: PipelineSpec
  readonly image: string
  /** Of the pipeline object. */
  readonly labels?: Readonly<Record<string, string>>
}
