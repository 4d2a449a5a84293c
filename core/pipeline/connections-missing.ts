import type { Path, PipelineProblem } from './problem.ts'
import type { Connection, PipelineSpec } from './spec.ts'

/** Connections that a cluster must be told of and is not. On a laptop the environment names servers, or they are started there. */
export function connectionsMissing({ source, database }: Partial<PipelineSpec>): readonly PipelineProblem[] {
  return [
    ...missingIn(source?.redisStreams, ['spec', 'source', 'redisStreams', 'connection'], 'Redis'),
    ...missingIn(database, ['spec', 'database', 'connection'], 'PostgreSQL'),
  ]
}

function missingIn(
  section: { readonly connection?: Connection } | undefined,
  path: Path,
  server: string,
): readonly PipelineProblem[] {
  if (section === undefined || section.connection !== undefined) return []
  return [{ path, message: `is missing; name the Secret and the key that hold the ${server} URL` }]
}
