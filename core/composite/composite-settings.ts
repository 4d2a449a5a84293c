/**
 * What makes a composite be calculated anew. `TimeBased`: time alone, as often as is allowed. `EventBased`: events alone, so that in silence
 * it gets old. `Hybrid`: events, and time before the result is too old. `Background`: a fixed rate, whatever happens.
 */
export type CompositeStrategy = 'TimeBased' | 'EventBased' | 'Hybrid' | 'Background'

export interface CompositeSettings {
  readonly strategy: CompositeStrategy
  /** Two results are never committed closer together. */
  readonly minIntervalMs: number
  /** No result gets older, but for `EventBased`. */
  readonly maxStaleMs: number
  /** So many events make a new result worth while before the old one is too old. */
  readonly eventThreshold: number
}
