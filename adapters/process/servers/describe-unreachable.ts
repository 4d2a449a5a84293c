import { ServerError } from './server-error.ts'

/** The error for a server that was given by its URL and does not answer. Passwords stay out of it. */
export function describeUnreachable(name: string, url: string, cause: unknown): ServerError {
  const address = url.replace(/:[^:@/]*@/, '@')
  return new ServerError('unreachable', `no ${name} answers at ${address}: ${reason(cause)}`, { cause })
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name) // several addresses tried: only a code
}
