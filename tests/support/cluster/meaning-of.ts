import type { ParsedPipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { inKeyOrder } from '../../../core/metric-sets/in-key-order.ts'
import { storageShape } from '../../../core/metric-sets/storage-shape.ts'
import { revisionSource } from '../../../core/pipeline/revision-source.ts'

/** What a file and the object that a cluster made of it have to agree in. Which of its parts comes first a cluster does not remember. */
export function meaningOf(parsed: ParsedPipeline) {
  if ('problems' in parsed) return parsed
  const { pipeline, settings, definition, metricSet, warnings } = parsed
  return {
    pipeline,
    settings,
    revision: JSON.stringify(inKeyOrder(revisionSource(pipeline.spec.metrics, definition))),
    shape: storageShape(metricSet),
    warnings: warnings.length,
  }
}
