import type { CompositeResult } from '../core/composite/composite-result.ts'
import type { CompositeRules } from '../core/composite/composite-rules.ts'
import type { Instant } from '../core/time/instant.ts'

/** What a pipeline wants of its composite. Replaced as a whole when that changes. */
export interface CompositePlan {
  readonly rules: CompositeRules
  /** Everything that has a score of its own. */
  readonly scopes: readonly string[]
  /** Fails when it takes longer than `withinMs`. */
  readonly calculate: (scope: string, asOf: Instant, withinMs: number) => Promise<CompositeResult>
}
