import { trace } from '@opentelemetry/api'
import { type DestinationStream, type LoggerOptions, pino } from 'pino'
import { withoutCredentials } from '../../core/text/without-credentials.ts'
import type { LogFields } from './log-fields.ts'

/** The fields, where all of them are on the list. */
type Listed<Fields> = Fields extends LogFields ? Record<Exclude<keyof Fields, keyof LogFields>, never> : never

/** The message, where it is the same each time: what varies is in fields. */
type Constant<Message extends string> = Record<never, never> extends Record<Message, unknown> ? never : Message

type Log = <Fields extends LogFields, Message extends string>(
  fields: Fields & Listed<Fields>,
  message: Constant<Message>,
) => void

/** Writes lines that programs can read: the compiler refuses a message with variable text in it, and a field that is not on the list. */
export interface Logger {
  readonly debug: Log
  readonly info: Log
  readonly warn: Log
  readonly error: Log
}

/** One whose level can be changed. */
export interface LevelledLogger extends Logger {
  level: string
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * JSON lines on standard output, or where the caller says: a constant message, everything else in fields, among them the ids of the span under way
 * if it is recorded. Connection strings are never logged.
 */
export function createLogger(
  level: LogLevel,
  component: string,
  fields: LogFields = {},
  destination?: DestinationStream,
): LevelledLogger {
  const options: LoggerOptions = {
    level,
    base: { component, ...fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: describeError },
    mixin: idsOfSpan,
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** A connection that was made for a span that has ended long since is no part of it. */
function idsOfSpan(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan()
  if (span?.isRecording() !== true) return {}
  const { traceId, spanId } = span.spanContext()
  return { trace_id: traceId, span_id: spanId }
}

/** What an error says of itself and its causes; never the values or connection details that drivers attach to theirs. */
export function describeError(error: unknown): {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
} {
  if (!(error instanceof Error)) return { name: 'unknown', message: withoutCredentials(String(error)) }
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
