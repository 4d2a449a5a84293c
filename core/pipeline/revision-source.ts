import type { MetricSetDefinition } from '../metric-sets/definition.ts'
import type { MetricsSpec } from './spec.ts'

/** What decides a pipeline's tables and numbers. Its hash is the revision's fingerprint; anything else may change without one. */
export function revisionSource(metrics: MetricsSpec, definition: MetricSetDefinition): unknown {
  const { windows, windowAlignment, asOf, signals = {}, tables = {}, tierRules = 'Default' } = metrics
  const { composite: _, ...stored } = definition // a score is calculated, not stored with the rows
  return { definition: stored, windows, windowAlignment, asOf, signals, tables, tierRules }
}
