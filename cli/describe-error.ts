import { ConfigurationError } from '../adapters/process/run-process.ts'
import { withoutCredentials } from '../core/text/without-credentials.ts'

/** An error for people: what failed and what lay behind it, without stack traces and passwords. */
export function describeError(error: unknown): string {
  const told = error instanceof ConfigurationError ? error.message : `error: ${messagesOf(error).join(': ')}`
  return withoutCredentials(told)
}

function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const own = messageOf(error)
  const behind = error.cause === undefined ? [] : messagesOf(error.cause)
  return [own, ...behind.filter((message) => !own.includes(message))]
}

/** Node reports a host that refuses on every one of its addresses as an error without a message, with one inside for each. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : undefined
  return inner instanceof Error ? inner.message : error.name
}
