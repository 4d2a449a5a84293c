import { join } from 'node:path'
import { type ConnectionUrl, readUrl, urlInFile } from '../adapters/process/connection-url.ts'
import type { UrlServer } from '../adapters/process/server-url.ts'
import type { Connection, PipelineSpec } from '../core/pipeline/spec.ts'
import type { Connections } from './pipeline-observer.ts'

/** A pipeline names no connection, or what it names is not there. */
export class NoConnectionError extends Error {
  constructor(reason: string) {
    super(`no connection: ${reason}`)
    this.name = 'NoConnectionError'
  }
}

/** What a pipeline says of a connection, with the field that says it. */
interface NamedConnection {
  readonly server: UrlServer
  readonly field: string
  readonly connection?: Connection
  readonly exporterConnection?: Connection
}

/** A pipeline's connections in the folder that holds them. */
export function connectionsInFolder(folder: string, { source, database }: PipelineSpec): Connections {
  const redis = { ...source.redisStreams, server: 'Redis', field: 'spec.source.redisStreams.connection' } as const
  const postgres = { ...database, server: 'PostgreSQL', field: 'spec.database.connection' } as const
  return {
    redis: () => connectionInFile(join(folder, 'redis-url'), redis),
    database: () => connectionInFile(join(folder, 'database-url'), postgres),
  }
}

/** The connection that a file holds by now, and then by the time of each reconnect. Throws `NoConnectionError`, naming what is missing. */
function connectionInFile(file: string, named: NamedConnection): ConnectionUrl {
  const url = readUrl(file, named.server)
  if (url === undefined) throw new NoConnectionError(whatIsMissing(named))
  return urlInFile(file, named.server, url)
}

function whatIsMissing({ field, connection, exporterConnection }: NamedConnection): string {
  const { name, key } = (exporterConnection ?? connection)?.secretKeyRef ?? {}
  return name === undefined ? `${field} is not set` : `Secret ${name} has no URL under the key ${key}`
}
