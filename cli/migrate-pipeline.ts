import type { LoadedPipeline } from '../adapters/manifest/parse-pipeline.ts'
import { type MigrateOutcome, migrate } from '../adapters/postgres/migrate.ts'
import { revisionSource } from '../core/pipeline/revision-source.ts'

/** Brings a pipeline's schema to what its definition needs. Throws `MigrateError` when that would not be an addition. */
export function migratePipeline(
  { pipeline, metricSet, definition }: LoadedPipeline,
  databaseUrl: string,
): Promise<MigrateOutcome> {
  const { database, metrics } = pipeline.spec
  return migrate({
    url: databaseUrl,
    schema: database.schema,
    pipeline: pipeline.metadata.name,
    set: metricSet,
    builtIn: metrics.set,
    source: revisionSource(metrics, definition),
  })
}
