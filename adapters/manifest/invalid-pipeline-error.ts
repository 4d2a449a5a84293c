import { ConfigurationError } from '../process/run-process.ts'

/** A pipeline file that cannot be used. One problem per line, each with file, line, field and what to write. */
export class InvalidPipelineError extends ConfigurationError {
  readonly code = 'invalid-pipeline'

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems)
    this.name = 'InvalidPipelineError'
    if (options?.cause !== undefined) this.cause = options.cause
  }
}
