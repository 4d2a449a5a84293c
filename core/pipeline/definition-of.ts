import { BUILT_IN_METRIC_SETS } from '../metric-sets/built-in.ts'
import type { MetricSetDefinition } from '../metric-sets/definition.ts'
import type { MetricsSpec } from './spec.ts'

/** The definition that a pipeline brings or names; undefined where it names none that exists. */
export function definitionOf({ set, definition }: MetricsSpec): MetricSetDefinition | undefined {
  if (set === undefined) return definition
  return Object.hasOwn(BUILT_IN_METRIC_SETS, set) ? BUILT_IN_METRIC_SETS[set] : undefined
}
