import { readFileSync } from 'node:fs'

/** Where a server is and as whom to go there. As a function it is asked before each connection is made, for the answer may change. */
export type ConnectionUrl = string | (() => string)

export function currentUrl(url: ConnectionUrl): string {
  return typeof url === 'string' ? url : url()
}

/**
 * What a file says, as secrets are mounted, whenever it is asked. While it cannot be read, or holds no URL, as in the middle of a change, the
 * answer is that of before.
 */
export function urlInFile(file: string, first: string): ConnectionUrl {
  let last = first
  return () => {
    last = readUrl(file) ?? last
    return last
  }
}

/** Undefined where there is no such file, or no URL in it. */
export function readUrl(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return URL.canParse(text) ? text : undefined
  } catch {
    return undefined
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** What a variable said at the start; where it was given as `NAME_FILE`, what that file says by now. */
export function connectionUrl(environment: Environment, name: string, first: string): ConnectionUrl {
  const file = connectionFile(environment, name)
  return file === undefined ? first : urlInFile(file, first)
}

/** The file that says what a variable does not say itself. */
export function connectionFile(environment: Environment, name: string): string | undefined {
  const [direct = '', file = ''] = [environment[name], environment[`${name}_FILE`]]
  return direct !== '' || file === '' ? undefined : file
}
