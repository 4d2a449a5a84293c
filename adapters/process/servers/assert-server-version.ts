import { ServerError } from './server-error.ts'

/** PostgreSQL 18: `returning old`, on which the writing of facts rests. */
const OLDEST_MAJOR = 18
const VERSIONS_PER_MAJOR = 10_000

/** Throws when `server_version_num` tells of a PostgreSQL that is too old. */
export function assertServerVersion(versionNum: number): void {
  const major = Math.floor(versionNum / VERSIONS_PER_MAJOR)
  if (major >= OLDEST_MAJOR) return
  throw new ServerError(
    'too-old',
    `PostgreSQL ${OLDEST_MAJOR} or newer is needed, and this server is PostgreSQL ${major}: upgrade it, or name another one in DATABASE_URL`,
  )
}
