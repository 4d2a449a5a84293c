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
