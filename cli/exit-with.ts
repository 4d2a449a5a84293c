/** Ends a command with an exit code of its own; everything worth saying has been said. */
export class ExitWith extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit code ${code}`)
    this.name = 'ExitWith'
    this.code = code
  }
}
