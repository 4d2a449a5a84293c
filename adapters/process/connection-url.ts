import { readFileSync } from 'node:fs'
import { isServerUrl, type UrlServer } from './server-url.ts'

/** Where a server is and as whom to go there. As a function it is asked before each connection is made, for the answer may change. */
export type ConnectionUrl = string | (() => string)

export function currentUrl(url: ConnectionUrl): string {
  return typeof url === 'string' ? url : url()
}

/**
 * What a file says, as secrets are mounted, whenever it is asked. While it cannot be read, or holds no URL of such a server, as in the middle of a change, the
 * answer is that of before.
 */
export function urlInFile(file: string, server: UrlServer, first: string): ConnectionUrl {
  let last = first
  return () => {
    last = readUrl(file, server) ?? last
    return last
  }
}

/** Undefined where there is no such file, or no URL of such a server in it. */
export function readUrl(file: string, server: UrlServer): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return isServerUrl(text, server) ? text : undefined
  } catch {
    return undefined
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** What a variable said at the start; where it was given as `NAME_FILE`, what that file says by now. */
export function connectionUrl(environment: Environment, name: keyof typeof SERVERS, first: string): ConnectionUrl {
  const file = connectionFile(environment, name)
  return file === undefined ? first : urlInFile(file, SERVERS[name], first)
}

const SERVERS = { DATABASE_URL: 'PostgreSQL', REDIS_URL: 'Redis' } as const

/** The file that says what a variable does not say itself. */
export function connectionFile(environment: Environment, name: string): string | undefined {
  const [direct = '', file = ''] = [environment[name], environment[`${name}_FILE`]]
  return direct !== '' || file === '' ? undefined : file
}
