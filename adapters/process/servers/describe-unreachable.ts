import { withoutCredentials } from '../../../core/text/without-credentials.ts'
import { ServerError } from './server-error.ts'

/** The error for a server that was given by its URL and does not answer. Passwords stay out of it, wherever in the URL they stand. */
export function describeUnreachable(name: string, url: string, cause: unknown): ServerError {
  return new ServerError(
    'unreachable',
    `no ${name} answers at ${addressOf(url)}: ${withoutCredentials(reason(cause))}`,
    { cause },
  )
}

function addressOf(url: string): string {
  const { protocol, username, host, pathname } = new URL(url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name) // several addresses tried: only a code
}
