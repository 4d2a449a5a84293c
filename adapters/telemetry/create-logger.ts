import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

export type { Logger }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** JSON lines on standard output, or where the caller says: a constant message, everything else in fields. Connection strings are never logged. */
export function createLogger(
  level: LogLevel,
  component: string,
  fields: Readonly<Record<string, unknown>> = {},
  destination?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level,
    base: { component, ...fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: describeError },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** What an error says of itself and its causes; never the values or connection details that drivers attach to theirs. */
export function describeError(error: unknown): {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
} {
  if (!(error instanceof Error)) return { name: 'unknown', message: String(error) }
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    message: withoutCredentials(messageOf(error)),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: withoutCredentials(error.stack) }),
  }
}

/** Node reports a refused connection to several addresses as an AggregateError with an empty message. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message
  return error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join('; ')
}

export function withoutCredentials(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+]*:\/\/[^\s:/@]*:)[^\s@]+@/gi, '$1***@')
}
