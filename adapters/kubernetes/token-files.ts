import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'

interface RawConfig {
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: string } }[]
}

/**
 * Makes users log in with the `tokenFile` that their kubeconfig names: the library reads no such field, and would come as nobody. The first
 * file that names a user wins, as in kubectl.
 */
export function useTokenFiles(config: KubeConfig, file: string | undefined): void {
  const files = new Map<string, string>()
  for (const path of file === undefined ? usualFiles() : [file])
    for (const { name = '', user } of readUsers(path))
      if (user?.tokenFile !== undefined && !files.has(name)) files.set(name, resolve(dirname(path), user.tokenFile))
  config.users = config.users.map((user) => {
    const tokenFile = files.get(user.name)
    return tokenFile === undefined ? user : { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } }
  })
}

function usualFiles(): readonly string[] {
  const named = process.env['KUBECONFIG']?.split(delimiter).filter((path) => path !== '') ?? []
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')]
}

/** Whether the file can be read at all is the library's to say, which has read it. */
function readUsers(path: string): NonNullable<RawConfig['users']> {
  try {
    return (parse(readFileSync(path, 'utf8')) as RawConfig | null)?.users ?? []
  } catch {
    return []
  }
}
