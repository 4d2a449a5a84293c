import { connectionsMissing } from '../../core/pipeline/connections-missing.ts'
import { formatPath, type PipelineProblem } from '../../core/pipeline/problem.ts'
import { resolvePipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { judgePipeline } from './judge-pipeline.ts'
import type { ParsedPipeline } from './parse-pipeline.ts'
import { withoutNulls } from './without-nulls.ts'

/**
 * Reads a MetricsPipeline as a cluster hands it out. There, unlike on a laptop, both connections have to be named.
 *
 * All problems come at once, each as `spec.metrics.windows[0]: what is wrong; what to write`.
 */
export function parsePipelineObject(object: unknown): ParsedPipeline {
  const judged = judgePipeline(withoutNulls(object), connectionsMissing)
  return 'problems' in judged
    ? { problems: judged.problems.map(lineOf) }
    : resolvePipeline(judged.pipeline, judged.warnings.map(lineOf))
}

function lineOf({ path, message }: PipelineProblem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`
}
