import type { MetricSetDefinition } from '../metric-sets/definition.ts'
import { createMetricSet, type MetricSet } from '../metric-sets/metric-set.ts'
import { definitionOf } from './definition-of.ts'
import { metricSetOptions } from './metric-set-options.ts'
import { type PipelineSettings, pipelineSettings } from './pipeline-settings.ts'
import type { MetricsPipeline } from './spec.ts'

/** A pipeline that has been checked through and through. */
export interface LoadedPipeline {
  /** The object with every default filled in. */
  readonly pipeline: MetricsPipeline
  readonly settings: PipelineSettings
  /** The definition it brings or names, and what it resolves to with the pipeline's windows, signals, tables and tier rules. */
  readonly definition: MetricSetDefinition
  readonly metricSet: MetricSet
  /** Lines like those of problems, about what is legal but probably not meant. */
  readonly warnings: readonly string[]
}

/** What a checked object comes to: everything else that is known of a pipeline follows from it. */
export function resolvePipeline(pipeline: MetricsPipeline, warnings: readonly string[]): LoadedPipeline {
  const { metrics } = pipeline.spec
  const definition = definitionOf(metrics)
  if (definition === undefined) throw new Error('the check lets no pipeline pass that measures nothing')
  const metricSet = createMetricSet(definition, metricSetOptions(metrics))
  return { pipeline, settings: pipelineSettings(pipeline), definition, metricSet, warnings }
}
