import { sqlState } from './postgres-error.ts'

export type MigrateErrorCode =
  | 'server-too-old'
  | 'schema-taken'
  | 'definition-changed'
  | 'table-not-as-declared'
  | 'name-taken'
  | 'not-migrated'

/** A schema that cannot be brought to what a pipeline needs. The message says what, where and what to do. */
export class MigrateError extends Error {
  readonly code: MigrateErrorCode

  constructor(code: MigrateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MigrateError'
    this.code = code
  }
}

const UNDEFINED_TABLE = '42P01'

/** For the failure of a statement on the engine's tables: there are none where nobody has migrated the schema. Always throws. */
export function refuseUnmigrated(schema: string): (error: unknown) => never {
  return (error) => {
    throw sqlState(error) === UNDEFINED_TABLE ? notMigrated(schema) : error
  }
}

export function notMigrated(schema: string): MigrateError {
  return new MigrateError(
    'not-migrated',
    `schema ${schema} is not migrated to this definition yet; run: mp migrate -f <pipeline file>`,
  )
}
