import { MigrateError } from './migrate-error.ts'

export interface ServerVersion {
  /** `server_version_num`: 180004. */
  readonly number: number
  /** `server_version`: 18.4 (Debian 18.4-1). */
  readonly text: string
}

/** `returning old`, on which the writing of facts rests, came with PostgreSQL 18. */
const OLDEST_NUMBER = 180_000

/** Throws `MigrateError` when the server is too old. */
export function assertNewEnough({ number, text }: ServerVersion): void {
  if (number >= OLDEST_NUMBER) return
  throw new MigrateError(
    'server-too-old',
    `the database runs PostgreSQL ${text}; PostgreSQL 18 or newer is needed: upgrade it, or name another one in DATABASE_URL`,
  )
}
