import { isAbsolute } from 'node:path'
import { findOnPath } from '../../../adapters/process/servers/find-on-path.ts'
import type { ApiObject } from './api-client.ts'
import { expandVariables } from './expand-variables.ts'
import type { Image } from './images.ts'
import { type Mounted, rewritePaths } from './rewrite-paths.ts'

export interface ContainerCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** What runs on this machine for a container's command. Where there is no such program, what a container runtime says of that. */
export async function containerCommand(
  { command, args = [] }: ApiObject,
  image: Image,
  environment: Readonly<Record<string, string>>,
  mounts: readonly Mounted[],
): Promise<ContainerCommand | { readonly failed: string }> {
  const words: readonly string[] = [...(command ?? image.entrypoint ?? []), ...args]
  const [program = '', ...given] = words.map((word) => rewritePaths(expandVariables(word, environment), mounts))
  const [first = '', ...before] = image.programs?.[program] ?? [program]
  const file = isAbsolute(first) ? first : await findOnPath(first, process.env['PATH'] ?? '')
  if (file !== undefined) return { file, args: [...before, ...given] }
  return { failed: `exec: "${first}": executable file not found in $PATH` }
}
