import type { MetricSetDefinition } from './definition.ts'
import { TUTOR_PERFORMANCE } from './tutor-performance/definition.ts'

/** The metric sets that a pipeline may name instead of bringing its own definition. */
export const BUILT_IN_METRIC_SETS: Readonly<Record<string, MetricSetDefinition>> = {
  TutorPerformance: TUTOR_PERFORMANCE,
}
