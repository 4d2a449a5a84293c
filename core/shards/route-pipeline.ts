import type { LoadedPipeline } from '../pipeline/resolve-pipeline.ts'
import { createShardRouter, createStreamRouter, type Router } from './create-router.ts'

/** Where a pipeline's events belong. */
export function routerOf({ pipeline, settings, metricSet }: LoadedPipeline): Router {
  const { sharded } = pipeline.spec.source.redisStreams
  return sharded === undefined ? createStreamRouter(metricSet, settings.streams) : createShardRouter(metricSet, sharded)
}
