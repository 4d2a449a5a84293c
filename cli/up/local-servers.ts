import { join } from 'node:path'
import type { LoadedPipeline } from '../../adapters/manifest/parse-pipeline.ts'
import type { Scope } from '../../adapters/process/scope.ts'
import { openPostgres } from '../../adapters/process/servers/find-postgres.ts'
import { openRedis } from '../../adapters/process/servers/find-redis.ts'
import { deleteStreams, dropSchema } from './start-over.ts'
import { STATE_FOLDER } from './state-folder.ts'

export interface ServerOptions {
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Where servers started here keep their data. Default: `.mp`. */
  readonly stateFolder?: string
  /** Begin with an empty database and empty streams where the servers are started here. */
  readonly startOver?: boolean
  readonly report: (message: string) => void
}

/** The servers that were given, or such as are started here and end with the scope. */
export async function openServers(
  { pipeline, settings }: LoadedPipeline,
  { databaseUrl, redisUrl, stateFolder = STATE_FOLDER, startOver = false, report }: ServerOptions,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ readonly databaseUrl: string; readonly redisUrl: string }> {
  const postgres = await openPostgres({ url: databaseUrl, dataDir: join(stateFolder, 'postgres'), log: report, signal })
  scope.use(postgres, (opened) => opened.stop())
  const redis = await openRedis({ url: redisUrl, dataDir: join(stateFolder, 'redis'), log: report, signal })
  scope.use(redis, (opened) => opened.stop())
  const from = (url: string | undefined) => (url === undefined ? 'started here' : 'as given')
  report(`PostgreSQL ${postgres.version} (${from(databaseUrl)}), Redis ${redis.version} (${from(redisUrl)})`)
  if (startOver && databaseUrl === undefined) await dropSchema(postgres.url, pipeline.spec.database.schema)
  if (startOver && redisUrl === undefined) await deleteStreams(redis.url, settings.streams)
  return { databaseUrl: postgres.url, redisUrl: redis.url }
}
