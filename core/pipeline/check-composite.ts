import { fitsMargin, STALENESS_MARGIN_MS } from '../composite/margin.ts'
import { weightProblem } from '../metric-sets/check/check-composite.ts'
import { entryOf, unknownName } from '../metric-sets/check/names.ts'
import type { CompositeDefinition } from '../metric-sets/definition.ts'
import { parseDurationMs } from '../time/duration.ts'
import { definitionOf } from './definition-of.ts'
import type { PipelineProblem } from './problem.ts'
import type { CompositeSpec, MetricsSpec } from './spec.ts'

const PATH = ['spec', 'composite'] as const

export const NOTHING_TO_CALCULATE =
  'the metric set declares no composite; remove this, or add one to spec.metrics.definition'

/** Completes "<minInterval> is too close to maxStale, <maxStale>; ...". */
export const MARGIN_REASON = `write a maxStale that is at least ${STALENESS_MARGIN_MS / 1_000}s longer, for so long it may take until a score is replaced`

export function checkComposite(composite: CompositeSpec, metrics: MetricsSpec | undefined): PipelineProblem[] {
  const definition = metrics && definitionOf(metrics)
  return [
    ...checkInterval(composite),
    ...(definition === undefined ? [] : checkWeights(composite, definition.composite)),
  ]
}

function checkInterval({ minInterval, maxStale }: CompositeSpec): PipelineProblem[] {
  const [minIntervalMs, maxStaleMs] = [parseDurationMs(minInterval) ?? 0, parseDurationMs(maxStale) ?? 0]
  if (fitsMargin({ minIntervalMs, maxStaleMs })) return []
  const message = `"${minInterval}" is too close to maxStale, "${maxStale}"; ${MARGIN_REASON}`
  return [{ path: [...PATH, 'minInterval'], message }]
}

function checkWeights({ weights = {} }: CompositeSpec, declared: CompositeDefinition | undefined): PipelineProblem[] {
  if (declared === undefined) return [{ path: PATH, message: NOTHING_TO_CALCULATE }]
  return Object.entries(weights).flatMap(([name, weight]) => {
    const message =
      entryOf(declared.weights, name) === undefined
        ? unknownName(name, `weight of ${declared.name}`, Object.keys(declared.weights))
        : weightProblem(weight)
    return message === undefined ? [] : [{ path: [...PATH, 'weights', name], message }]
  })
}
