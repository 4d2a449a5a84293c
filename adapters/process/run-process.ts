import { withoutCredentials } from '../../core/text/without-credentials.ts'
import { Scope } from './scope.ts'
import { ServerError } from './servers/server-error.ts'

/** Exit codes of every process of the project. */
export const EXIT = { ok: 0, failed: 1, usage: 2, superseded: 3, interrupted: 130 } as const

/** A mistake in configuration: reported line by line, without a stack trace, with exit code 2. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/**
 * Runs a process until its work ends or SIGTERM or SIGINT asks it to stop. `run` gets a signal to stop by and a scope to open things in;
 * the scope is closed in reverse when `run` returns. A second signal exits at once. The exit code is what `run` returns.
 */
export async function runProcess(run: (scope: Scope, stop: AbortSignal) => Promise<number>): Promise<void> {
  const stop = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.failed)
    stop.abort()
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)

  const keepAlive = setInterval(() => undefined, 1 << 30) // waiting for a signal alone does not keep Node running
  const scope = new Scope()
  try {
    process.exitCode = await run(scope, stop.signal)
  } catch (error) {
    process.exitCode = report(error)
  }
  await scope.close().catch((error: unknown) => {
    process.exitCode = report(error)
  })
  clearInterval(keepAlive)
  process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
}

function report(error: unknown): number {
  if (error instanceof ConfigurationError) {
    for (const problem of error.problems) process.stderr.write(`${problem}\n`)
    return EXIT.usage
  }
  if (error instanceof ServerError) {
    process.stderr.write(`${error.message}\n`) // where it was noticed does not matter
    return EXIT.failed
  }
  process.stderr.write(
    `${withoutCredentials(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
  )
  return EXIT.failed
}
