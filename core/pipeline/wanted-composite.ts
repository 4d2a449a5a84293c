import type { CompositeSettings } from '../composite/composite-settings.ts'
import { parseDurationMs } from '../time/duration.ts'
import { must } from './must.ts'
import type { CompositeSpec } from './spec.ts'

/** What `spec.composite` comes to: how a pipeline wants its score. */
export interface WantedComposite {
  readonly settings: CompositeSettings
  /** By name, before those of the definition. */
  readonly weights: Readonly<Record<string, number>>
  /** How many scores are kept for each scope, the one that stands among them. */
  readonly historyLimit: number
}

export function wantedComposite(spec: CompositeSpec): WantedComposite {
  const { strategy, minInterval, maxStale, eventThreshold, weights = {}, historyLimit } = spec
  return {
    settings: {
      strategy,
      minIntervalMs: must(parseDurationMs, minInterval),
      maxStaleMs: must(parseDurationMs, maxStale),
      eventThreshold,
    },
    weights,
    historyLimit,
  }
}
