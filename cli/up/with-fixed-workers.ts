import { InvalidPipelineError } from '../../adapters/manifest/invalid-pipeline-error.ts'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import { checkPipeline } from '../../core/pipeline/check-pipeline.ts'
import { formatPath } from '../../core/pipeline/problem.ts'
import { resolvePipeline } from '../../core/pipeline/resolve-pipeline.ts'

/**
 * The pipeline with so many workers, whatever its file says: they are told, for they divide the database's connections among them.
 * Throws `InvalidPipelineError` where these do not reach.
 */
export function withFixedWorkers({ pipeline, warnings }: LoadedPipeline, replicas: number): LoadedPipeline {
  const { workers } = pipeline.spec
  const scaling = { ...workers.scaling, mode: 'Off' as const }
  const spec = { ...pipeline.spec, workers: { ...workers, replicas, scaling } }
  const { problems } = checkPipeline(spec)
  if (problems.length > 0)
    throw new InvalidPipelineError(
      problems.map(({ path, message }) => `--workers ${replicas}: ${formatPath(path)}: ${message}`),
    )
  return resolvePipeline({ ...pipeline, spec }, warnings)
}
