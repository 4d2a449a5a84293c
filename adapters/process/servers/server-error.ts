export type ServerErrorCode = 'not-installed' | 'in-use' | 'did-not-start' | 'unreachable' | 'too-old'

/** A server could not be had. The message says what to do about it. */
export class ServerError extends Error {
  readonly code: ServerErrorCode

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerError'
    this.code = code
  }
}
