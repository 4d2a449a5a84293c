import { createLogger, type Logger } from '../../adapters/telemetry/create-logger.ts'

export interface CapturedLog {
  readonly log: Logger
  /** What was logged so far, a JSON line each. */
  readonly lines: readonly string[]
}

/** A worker's log that a test can read. */
export function captureLog(): CapturedLog {
  const lines: string[] = []
  return { log: createLogger('debug', 'worker', {}, { write: (line) => lines.push(line) }), lines }
}
