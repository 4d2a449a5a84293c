import type { CompositeDefinition } from '../metric-sets/definition.ts'
import type { WantedComposite } from '../pipeline/wanted-composite.ts'

/** All that decides what a score comes to, and when: whoever calculates by the same gets the same. */
export interface CompositeRules {
  /** Of the definition, whose accumulators the formula is made of. */
  readonly revision: number
  readonly formula: CompositeDefinition
  readonly wanted: WantedComposite
}
